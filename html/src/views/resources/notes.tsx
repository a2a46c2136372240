// What must be said about a list beside its rows: that it is old, partial, still coming, or why it is empty.
import type { ListLoader } from '../../api/list';
import type { Resource } from '../../api/types';
import { clock } from '../../lib/age';
import { count } from '../../lib/format';
import { patchList, type ViewOf } from '../../router';
import { t } from '../../texts';
import { Empty } from '../../ui/empty';
import { ErrorBox } from '../../ui/error';
import { Mark } from '../../ui/mark';
import { usePatience } from '../../ui/waiting';

interface NotesProps {
  loader: ListLoader;
  title: string;
  where: string;
  labels: string;
  /** The filter sees only what has been read so far. */
  partial: boolean;
}

export function ListNotes({ loader, title, where, labels, partial }: NotesProps) {
  const reading = loader.loading.value === 'first' && loader.rows.value.length > 0;
  const slow = usePatience(reading) === 'sentence';
  const error = loader.error.value;
  const asOf = loader.asOf.value;
  const have = loader.rows.value.length;
  return (
    <>
      {error && have > 0 && (
        <ErrorBox
          slim
          failed={
            asOf === undefined ? t().partFailed(title, count(have)) : t().refreshFailed(title, clock(asOf))
          }
          error={error}
          actions={<Again loader={loader} />}
        />
      )}
      {loader.missing.value.map(({ source, error: missing }) => (
        <div class="strip strip-warn" role="status" key={source}>
          <Mark mark="bad" />
          <span class="strip-text">
            <strong>{t().namespaceMissing(source)}</strong> <code class="error-code">{missing.code}</code>{' '}
            {missing.message}
          </span>
        </div>
      ))}
      {reading && (slow || partial) && (
        <div class="strip" role="status">
          <Mark mark="progressing" />
          <span class="strip-text">{partial ? t().filterPartial : t().waitingRest(title, where)}</span>
          <button type="button" class="button" onClick={() => loader.cancel()}>
            {t().cancel}
          </button>
        </div>
      )}
      {loader.cancelled.value && have > 0 && asOf === undefined && (
        <div class="strip strip-warn" role="status">
          <Mark mark="unknown" />
          <span class="strip-text">{t().stoppedAt(count(have))}</span>
          <Again loader={loader} />
        </div>
      )}
      {labels !== '' && !error && (
        <div class="strip">
          <span>{t().labelsApplied}</span>
          <code>{labels}</code>
        </div>
      )}
    </>
  );
}

function Again({ loader }: { loader: ListLoader }) {
  return (
    <button
      type="button"
      class="button"
      disabled={loader.loading.value !== 'none'}
      onClick={() => loader.load()}
    >
      {t().tryAgain}
    </button>
  );
}

interface NothingProps {
  view: ViewOf<'list'>;
  loader: ListLoader;
  title: string;
  where: string;
  resource: Resource;
  /** Rows that are there but filtered out. */
  hidden: number;
}

export function ListNothing({ view, loader, title, where, resource, hidden }: NothingProps) {
  const error = loader.error.value;
  if (error && hidden === 0) {
    const notConnected = error.slug === 'not-connected';
    return (
      <ErrorBox
        failed={notConnected ? t().notConnected(where) : t().listFailed(title, where)}
        error={error}
        actions={
          <>
            <Again loader={loader} />
            {notConnected && (
              <a class="button" href="/connect">
                {t().connect}
              </a>
            )}
          </>
        }
      />
    );
  }
  if (loader.cancelled.value && hidden === 0) {
    return (
      <Empty title={t().cancelledTitle(title)} why={t().cancelledWhy}>
        <Again loader={loader} />
      </Empty>
    );
  }
  if (hidden > 0) {
    const onlyUnhealthy = view.unhealthy && view.filter === '';
    return (
      <Empty
        title={onlyUnhealthy ? t().allHealthy(title) : t().noneMatch(title)}
        why={onlyUnhealthy ? t().allHealthyWhy(count(hidden)) : t().noneMatchWhy(count(hidden))}
      >
        <button
          type="button"
          class="button button-main"
          onClick={() => patchList({ filter: '', unhealthy: false })}
        >
          {t().showAll}
        </button>
      </Empty>
    );
  }
  const labelled = view.filter.includes('=');
  const narrowed = resource.namespaced && view.namespaces.length > 0;
  return (
    <Empty
      title={narrowed ? t().noneInNamespaces(title, view.namespaces.join(', ')) : t().noneHere(title, where)}
      why={labelled ? t().noneLabelled : narrowed ? t().noneInNamespacesWhy : t().noneHereWhy}
    >
      {labelled && (
        <button type="button" class="button button-main" onClick={() => patchList({ filter: '' })}>
          {t().clearFilter}
        </button>
      )}
      {!labelled && narrowed && (
        <button type="button" class="button button-main" onClick={() => patchList({ namespaces: [] })}>
          {t().allNamespaces}
        </button>
      )}
    </Empty>
  );
}
