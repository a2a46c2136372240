// What AWS knows of a cluster: its version and how long it is supported, and everything EKS manages around it.
import { useEffect, useMemo, useRef } from 'preact/hooks';
import { clusterOf } from '../../lib/gate';
import { useKeys } from '../../lib/keys';
import { useFreshness } from '../../lib/refresh';
import { patch, type ViewOf } from '../../router';
import { t } from '../../texts';
import { eks } from '../../texts/eks';
import { FilterBox } from '../../ui/filter';
import { Tabs } from '../../ui/tabs';
import { ItemDrawer } from './drawer';
import { Overview } from './overview';
import { faultsOf, PARTS, partOf } from './parts';
import { createSource, freshnessOf } from './source';
import { PartTable } from './table';

export function EksPage({ view }: { view: ViewOf<'eks'> }) {
  const { cluster } = view;
  const source = useMemo(() => createSource(cluster), [cluster]);
  useEffect(() => () => source.dispose(), [source]);
  const part = partOf(view.part);
  const shown = part ? source.parts[part.id] : undefined;
  const freshness = useMemo(() => freshnessOf(source), [source]);
  useFreshness(freshness);

  const close = () => {
    patch('eks', { open: '' }, 'push');
    document.querySelector<HTMLElement>('.main .table')?.focus();
  };
  const filter = useRef<HTMLInputElement>(null);
  useKeys([
    ...(part ? [{ keys: '/', label: t().keys.filter, run: () => filter.current?.select() }] : []),
    ...(view.open === '' ? [] : [{ keys: 'Escape', label: t().keys.close, run: close }]),
  ]);

  const where = clusterOf(cluster)?.name ?? cluster;
  const tabs = [
    { id: 'overview', label: eks().overview },
    ...PARTS.map(({ id }) => {
      const { items } = source.parts[id];
      const faults = items.value ? faultsOf(source.parts[id].part, items.value).length : 0;
      return { id, label: eks().parts[id], count: items.value?.length, faults };
    }),
  ];
  const open = view.open !== '' && shown !== undefined;
  return (
    <div class={open ? 'view view-drawn' : 'view'}>
      <div class="view-list">
        <div class="view-head">
          <h1>{t().eks}</h1>
          <span class="count">{where}</span>
          <span class="view-space" />
          {shown && (
            <FilterBox
              value={view.filter}
              input={filter}
              placeholder={eks().filterPlaceholder}
              onInput={(text) => patch('eks', { filter: text })}
            />
          )}
        </div>
        <Tabs
          label={eks().label(where)}
          tabs={tabs}
          open={part?.id ?? 'overview'}
          onOpen={(id) =>
            patch('eks', { part: id === 'overview' ? '' : id, filter: '', open: '', sort: '' }, 'push')
          }
        >
          {shown ? (
            <PartTable key={shown.part.id} view={view} source={shown} where={where} />
          ) : (
            <Overview source={source} cluster={cluster} where={where} />
          )}
        </Tabs>
      </div>
      {open && (
        <ItemDrawer
          key={`${shown.part.id} ${view.open}`}
          view={view}
          source={shown}
          where={where}
          onClose={close}
        />
      )}
    </div>
  );
}
