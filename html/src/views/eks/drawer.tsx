// One object of AWS's: what is wrong with it, every field, and the whole of it as text.
import { patch, type ViewOf } from '../../router';
import { eks } from '../../texts/eks';
import { detail } from '../../texts/object';
import { Age } from '../../ui/age';
import { Code } from '../../ui/code';
import { DrawerFrame } from '../../ui/drawer';
import { Empty } from '../../ui/empty';
import { Fact, Facts } from '../../ui/facts';
import { Status } from '../../ui/mark';
import { State, States } from '../../ui/states';
import { fieldsOf } from './fields';
import { PartNothing } from './notes';
import { timeOf } from './parts';
import type { PartSource } from './source';
import { iso } from './table';

interface ItemDrawerProps {
  view: ViewOf<'eks'>;
  source: PartSource;
  where: string;
  onClose(): void;
}

export function ItemDrawer({ view, source, where, onClose }: ItemDrawerProps) {
  const { part, query } = source;
  const item = source.items.value?.find((other) => other.name === view.open);
  const tabs = [
    { id: 'fields', label: eks().fields },
    { id: 'text', label: detail().tabs.yaml },
  ];
  const tab = view.tab === 'text' ? 'text' : 'fields';
  return (
    <DrawerFrame
      kind={eks().kinds[part.id]}
      name={view.open}
      tabs={tabs}
      tab={tab}
      onTab={(id) => patch('eks', { tab: id === 'fields' ? '' : id })}
      onClose={onClose}
    >
      {!item && !query.data.value && <PartNothing source={source} where={where} />}
      {!item && query.data.value && <Empty title={eks().gone(view.open)} why={eks().goneWhy} />}
      {item && tab === 'text' && <Code value={item.object} />}
      {item && tab === 'fields' && (
        <div class={query.error.value ? 'summary stale' : 'summary'}>
          {item.status && <Status {...item.status} />}
          {item.issues.length > 0 && (
            <section class="part">
              <h3>{eks().problems}</h3>
              <States>
                {item.issues.map((issue) => (
                  <State
                    key={`${issue.code} ${issue.message}`}
                    mark="bad"
                    name={issue.code || (item.status?.word ?? '')}
                    message={issue.message}
                    origin={issue.resourceIds?.join(', ')}
                  />
                ))}
              </States>
            </section>
          )}
          <Facts wide>
            {fieldsOf(item.object).map(([name, value]) => (
              <Fact key={name} name={name}>
                <Value name={name} value={value} />
              </Fact>
            ))}
          </Facts>
        </div>
      )}
    </DrawerFrame>
  );
}

function Value({ name, value }: { name: string; value: unknown }) {
  if (/(At|Time|Date)$/.test(name)) {
    const time = iso(timeOf(value));
    return (
      <>
        <Age time={time} /> <span class="muted mono">{time}</span>
      </>
    );
  }
  return <span class="mono">{Array.isArray(value) ? value.join(', ') : String(value)}</span>;
}
