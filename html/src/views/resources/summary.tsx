// What one wants to know first: the printed cells, conditions and containers that are not well, then the metadata.
import type { ComponentChildren } from 'preact';
import type { Condition, KubeObject, OwnerReference, TableRow } from '../../api/types';
import type { KindColumn } from '../../kinds/columns';
import { containersOf } from '../../kinds/containers';
import type { Mark as MarkName } from '../../kinds/health';
import { openResources } from '../../lib/gate';
import { now } from '../../lib/media';
import { listHref, type ViewOf } from '../../router';
import { t } from '../../texts';
import { detail } from '../../texts/object';
import { Age } from '../../ui/age';
import { Fact, Facts } from '../../ui/facts';
import { Mark, Status } from '../../ui/mark';
import { State, States } from '../../ui/states';
import { openKey } from './source';

interface SummaryProps {
  object: KubeObject;
  row: TableRow | undefined;
  columns: readonly KindColumn[];
  view: ViewOf<'list'>;
  stale: boolean;
  /** What only this kind has. */
  children?: ComponentChildren;
}

export function Summary({ object, row, columns, view, stale, children }: SummaryProps) {
  const { metadata } = object;
  const printed = columns.filter((column) => !['name', 'namespace', 'age'].includes(column.role));
  return (
    <div class={stale ? 'summary stale' : 'summary'}>
      {metadata.deletionTimestamp && (
        <p class="strip strip-warn">
          <Mark mark="progressing" />
          {detail().beingDeleted}
        </p>
      )}
      <Facts>
        {row &&
          printed.map((column) => {
            const text = column.text(row);
            if (text === '' || text === '<none>') return null;
            const mark = column.mark?.(row, now.value);
            return (
              <Fact key={column.id} name={column.title}>
                {mark ? <Status mark={mark} word={text} /> : <span class="mono">{text}</span>}
              </Fact>
            );
          })}
        <Fact name={t().columns.created}>
          <Age time={metadata.creationTimestamp} />{' '}
          <span class="muted mono">{metadata.creationTimestamp}</span>
        </Fact>
        <Owners owners={metadata.ownerReferences ?? []} namespace={metadata.namespace} view={view} />
      </Facts>
      {children}
      <Containers object={object} />
      <Conditions conditions={object.status?.conditions ?? []} />
      <Labels labels={metadata.labels ?? {}} view={view} />
      <Pairs title={detail().annotations} pairs={metadata.annotations ?? {}} />
      <section class="part">
        <h3>{detail().identityPart}</h3>
        <Facts>
          <Fact name="apiVersion">
            <span class="mono">{object.apiVersion}</span>
          </Fact>
          <Fact name="uid">
            <span class="mono">{metadata.uid}</span>
          </Fact>
          {metadata.finalizers && (
            <Fact name="finalizers">
              <span class="mono">{metadata.finalizers.join(', ')}</span>
            </Fact>
          )}
        </Facts>
      </section>
    </div>
  );
}

interface OwnersProps {
  owners: OwnerReference[];
  namespace: string | undefined;
  view: ViewOf<'list'>;
}

function Owners({ owners, namespace, view }: OwnersProps) {
  if (owners.length === 0) return null;
  return (
    <Fact name={detail().owner}>
      {owners.map((owner) => {
        const group = owner.apiVersion.includes('/') ? owner.apiVersion.split('/')[0] : '';
        const resource = openResources.value.find(
          (other) => other.kind === owner.kind && other.group === group,
        );
        const text = detail().ownerText(owner.kind, owner.name);
        if (!resource) return <span key={owner.name}>{text}</span>;
        const to = listHref({
          cluster: view.cluster,
          kind: resource.type,
          namespaces: resource.namespaced ? view.namespaces : [],
          open: openKey(resource.namespaced ? namespace : undefined, owner.name),
        });
        return (
          <a key={owner.name} href={to}>
            {text}
          </a>
        );
      })}
    </Fact>
  );
}

function Containers({ object }: { object: KubeObject }) {
  const containers = containersOf(object);
  if (containers.length === 0) return null;
  return (
    <section class="part">
      <h3>{detail().containers}</h3>
      <States>
        {containers.map((container) => (
          <State
            key={container.name}
            mark={container.mark}
            name={container.name}
            mono
            word={container.state || t().marks.unknown}
            aside={container.restarts > 0 ? detail().restarts(container.restarts) : undefined}
            origin={container.image}
            message={container.message}
          />
        ))}
      </States>
    </section>
  );
}

/** Conditions named after a fault are good when false. */
function conditionMark(condition: Condition): MarkName {
  if (condition.status === 'Unknown') return 'unknown';
  const fault =
    /(pressure|unavailable|failed|failure|failuretarget|suspended|degraded|stalled|notready|problem)$/i.test(
      condition.type,
    );
  const positive = fault ? condition.status === 'False' : condition.status === 'True';
  return positive ? 'ok' : 'bad';
}

function Conditions({ conditions }: { conditions: Condition[] }) {
  if (conditions.length === 0) return null;
  const rank = (condition: Condition) => (conditionMark(condition) === 'ok' ? 1 : 0);
  return (
    <section class="part">
      <h3>{detail().conditions}</h3>
      <States>
        {[...conditions]
          .sort((a, b) => rank(a) - rank(b))
          .map((condition) => (
            <State
              key={condition.type}
              mark={conditionMark(condition)}
              name={condition.type}
              word={condition.status}
              aside={condition.reason}
              time={<Age time={condition.lastTransitionTime} />}
              message={condition.message}
            />
          ))}
      </States>
    </section>
  );
}

function Labels({ labels, view }: { labels: Record<string, string>; view: ViewOf<'list'> }) {
  const entries = Object.entries(labels);
  if (entries.length === 0) return null;
  return (
    <section class="part">
      <h3>{detail().labels}</h3>
      <ul class="chips">
        {entries.map(([key, value]) => (
          <li key={key}>
            <a
              class="chip"
              href={listHref({ ...view, filter: `${key}=${value}` })}
              title={detail().filterByLabel}
            >
              {key}={value}
            </a>
          </li>
        ))}
      </ul>
    </section>
  );
}

const LONG = 300;

function Pairs({ title, pairs }: { title: string; pairs: Record<string, string> }) {
  const entries = Object.entries(pairs);
  if (entries.length === 0) return null;
  return (
    <section class="part">
      <h3>{title}</h3>
      <dl class="pairs">
        {entries.map(([key, value]) => (
          <div key={key}>
            <dt class="mono">{key}</dt>
            <dd class="mono">
              {value.length <= LONG ? (
                value
              ) : (
                <details>
                  <summary>{detail().longValue(value.length)}</summary>
                  {value}
                </details>
              )}
            </dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
