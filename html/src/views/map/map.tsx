// The map of a cluster: what belongs to what, in groups that open; as a drawing, or as a list.
import { useEffect, useMemo, useRef } from 'preact/hooks';
import { type Topology, topology } from '../../api/graph';
import { Query } from '../../api/query';
import { clock } from '../../lib/age';
import { count } from '../../lib/format';
import { clusterOf } from '../../lib/gate';
import { useKeys } from '../../lib/keys';
import { narrow } from '../../lib/media';
import { REFRESH_MS, useFreshness } from '../../lib/refresh';
import { patch, type ViewOf } from '../../router';
import { t } from '../../texts';
import { mapTexts } from '../../texts/map';
import { Empty } from '../../ui/empty';
import { ErrorBox } from '../../ui/error';
import { FilterBox } from '../../ui/filter';
import { Segments } from '../../ui/select';
import { Waiting } from '../../ui/waiting';
import { MapDetail } from './detail';
import { isLarge, useMapChanges } from './flow';
import { MapList } from './list';
import { GROUPINGS, groupsOf, modelOf, search, wordsOf } from './model';
import { Scene } from './scene';
import '../../styles/map.css';

const FORMS = ['map', 'list'] as const;

export function MapPage({ view }: { view: ViewOf<'map'> }) {
  const { cluster } = view;
  const query = useMemo(() => new Query<Topology>((signal) => topology(cluster, signal)), [cluster]);
  useEffect(() => () => query.cancel(), [query]);
  const changes = useMapChanges(cluster, query);
  const freshness = useMemo(
    () => ({
      asOf: query.asOf,
      error: query.error,
      busy: query.loading,
      load: () => query.load(),
      // What is followed is read again when it changes; what is not, seldom.
      interval: () => (isLarge(query) || changes.live.value === 'live' ? 4 : 1) * REFRESH_MS,
      live: changes.live,
      liveSince: changes.liveSince,
      refused: changes.refused,
    }),
    [query, changes],
  );
  useFreshness(freshness);

  const close = () => patch('map', { open: '' }, 'push');
  const filter = useRef<HTMLInputElement>(null);
  useKeys([
    { keys: '/', label: t().keys.filter, run: () => filter.current?.select() },
    ...(view.open === '' ? [] : [{ keys: 'Escape', label: t().keys.close, run: close }]),
  ]);

  const by = GROUPINGS.find((each) => each === view.by) ?? 'namespace';
  // Where there is little room a list says more than a drawing.
  const form = FORMS.find((each) => each === view.form) ?? (narrow.value ? 'list' : 'map');
  const graph = query.data.value;
  const model = useMemo(() => graph && modelOf(graph), [graph]);
  const all = useMemo(() => (graph && model ? groupsOf(graph, model, by) : []), [graph, model, by]);
  const groups = useMemo(
    () => search(all, wordsOf(view.filter), view.faults),
    [all, view.filter, view.faults],
  );
  const opened = useMemo(() => new Set(view.opened), [view.opened.join()]);
  const where = clusterOf(cluster)?.name ?? cluster;
  const texts = mapTexts();
  const chosen = model?.byId.get(view.open);
  const faults = all.reduce((sum, group) => sum + group.faults, 0);
  const pods = all.reduce((sum, group) => sum + group.pods.length, 0);
  return (
    <div class={chosen ? 'view view-drawn' : 'view'}>
      <div class="view-list map">
        <div class="view-head map-head">
          <h1>{t().map}</h1>
          {graph && (
            <span class="count">
              {texts.pods(pods, count(pods))} · {texts.faults(faults, count(faults))}
            </span>
          )}
          <span class="view-space" />
          <Segments
            label={texts.byLabel}
            value={by}
            choices={GROUPINGS.map((value) => ({ value, label: texts.by[value] }))}
            onChange={(next) => patch('map', { by: next === 'namespace' ? '' : next, opened: [] }, 'push')}
          />
          <Segments
            label={texts.formLabel}
            value={form}
            choices={FORMS.map((value) => ({ value, label: texts.form[value] }))}
            onChange={(next) => patch('map', { form: next, opened: [] }, 'push')}
          />
          <button
            type="button"
            class="button"
            aria-pressed={view.faults}
            onClick={() => patch('map', { faults: !view.faults })}
          >
            {texts.faultsOnly}
          </button>
          <FilterBox
            value={view.filter}
            input={filter}
            placeholder={texts.filterPlaceholder}
            onInput={(text) => patch('map', { filter: text })}
          />
        </div>
        <Said query={query} where={where} />
        {!graph && !query.error.value && (
          <Waiting what={texts.waiting(where)} onCancel={() => query.cancel()} />
        )}
        {graph && groups.length === 0 && <Nothing view={view} empty={all.length === 0} />}
        {model && groups.length > 0 && form === 'map' && (
          <Scene view={view} by={by} groups={groups} model={model} opened={opened} />
        )}
        {model && groups.length > 0 && form === 'list' && (
          <MapList view={view} by={by} groups={groups} model={model} opened={opened} />
        )}
      </div>
      {chosen && model && (
        <MapDetail key={chosen.id} cluster={cluster} node={chosen} model={model} onClose={close} />
      )}
    </div>
  );
}

/** What is wrong with what is shown: errors, gaps, cuts. */
function Said({ query, where }: { query: Query<Topology>; where: string }) {
  const error = query.error.value;
  const graph = query.data.value;
  const asOf = query.asOf.value;
  const texts = mapTexts();
  return (
    <>
      {error && (
        <ErrorBox
          slim={graph !== undefined}
          failed={asOf === undefined ? texts.failed(where) : texts.old(clock(asOf))}
          error={error}
          actions={
            <button type="button" class="button" disabled={query.loading.value} onClick={() => query.load()}>
              {t().tryAgain}
            </button>
          }
        />
      )}
      {graph && graph.errors.length > 0 && (
        <div class="strip strip-warn">
          <span class="strip-text" title={graph.errors.map(({ message }) => message).join('\n')}>
            {texts.notRead(graph.errors.map(({ resource, code }) => `${resource} (${code})`).join(', '))}
          </span>
        </div>
      )}
      {graph?.truncated && (
        <div class="strip strip-warn">
          <span class="strip-text">{texts.truncated}</span>
        </div>
      )}
    </>
  );
}

function Nothing({ view, empty }: { view: ViewOf<'map'>; empty: boolean }) {
  const texts = mapTexts();
  if (empty) return <Empty title={texts.nothing} why={texts.nothingWhy} />;
  const onlyFaults = view.faults && view.filter === '';
  return (
    <Empty
      title={onlyFaults ? texts.noFaults : texts.noneFound}
      why={onlyFaults ? texts.noFaultsWhy : texts.noneFoundWhy}
    >
      <button
        type="button"
        class="button button-main"
        onClick={() => patch('map', { filter: '', faults: false })}
      >
        {texts.showAll}
      </button>
    </Empty>
  );
}
