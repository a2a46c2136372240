// Which clusters do these credentials see, region by region; one click connects.
import { batch, useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { type ApiError, type Cause, isAbort, toApiError } from '../../api/error';
import * as gateway from '../../api/gateway';
import type { Auth, Available, AvailableCluster } from '../../api/types';
import { markOf } from '../../kinds/health';
import { count } from '../../lib/format';
import { clusterOf, clusters, forgetCluster } from '../../lib/gate';
import { lastRegion } from '../../lib/prefs';
import { href, listHref, navigate } from '../../router';
import { t } from '../../texts';
import { Age } from '../../ui/age';
import { Empty } from '../../ui/empty';
import { ErrorBox } from '../../ui/error';
import { Icon } from '../../ui/icons';
import { Mark, Status } from '../../ui/mark';
import { Picker } from '../../ui/picker';
import { type Column, Table } from '../../ui/table/table';
import { Working } from '../../ui/working';
import {
  AUTH_FIELDS,
  type AuthType,
  checkAuth,
  clearSecrets,
  type FieldErrors,
  focusFirst,
  isRegion,
  placeCauses,
  REGIONS,
  readAuth,
} from '../connect/auth';
import { Identity } from '../connect/identity';

/** Keys typed here serve one-click connects for so long, in this page's memory only. */
const KEEP_MS = 10 * 60_000;

const idOf = (cluster: AvailableCluster) => `${cluster.region}_${cluster.name}`;

interface Problem {
  sentence: string;
  error: ApiError;
  placed: Cause[];
  /** The cluster that could not be connected. */
  cluster?: AvailableCluster;
}

export function DiscoverView({ regions }: { regions: string[] }) {
  const form = useRef<HTMLFormElement>(null);
  const controller = useRef<AbortController | undefined>(undefined);
  const identity = useRef<Auth | undefined>(undefined);
  const forget = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const type = useSignal<AuthType>('default');
  const errors = useSignal<FieldErrors>({});
  const problem = useSignal<Problem | undefined>(undefined);
  const found = useSignal<Available | undefined>(undefined);
  const busy = useSignal(false);
  const connecting = useSignal('');
  const chosen = regions.length > 0 ? regions : lastRegion.value ? [lastRegion.value] : ['us-east-1'];

  function dropIdentity(): void {
    identity.current = undefined;
    clearTimeout(forget.current);
  }
  useEffect(
    () => () => {
      controller.current?.abort();
      dropIdentity();
    },
    [],
  );

  function fail(sentence: string, thrown: unknown, cluster?: AvailableCluster): void {
    if (isAbort(thrown)) return;
    const error = toApiError(thrown);
    const placed = placeCauses(error, [...AUTH_FIELDS, 'region', 'regions']);
    batch(() => {
      errors.value = placed.errors;
      problem.value = { sentence, error, placed: placed.placed, cluster };
    });
    focusFirst(form.current, placed.errors);
  }

  async function submit(event: Event): Promise<void> {
    event.preventDefault();
    const element = form.current;
    if (!element || busy.value) return;
    const auth = readAuth(element, type.value);
    const wrong = checkAuth(auth);
    batch(() => {
      errors.value = wrong;
      problem.value = undefined;
    });
    if (Object.keys(wrong).length > 0) return focusFirst(element, wrong);
    clearSecrets(element);
    dropIdentity();
    identity.current = auth;
    forget.current = setTimeout(dropIdentity, KEEP_MS);
    controller.current = new AbortController();
    busy.value = true;
    try {
      found.value = await gateway.available(chosen, auth, controller.current.signal);
      const [first] = chosen;
      if (first) lastRegion.value = first;
    } catch (error) {
      fail(t().discoverFailed, error);
    } finally {
      busy.value = false;
    }
  }

  async function connect(cluster: AvailableCluster): Promise<void> {
    const auth = identity.current;
    if (!auth) return navigate(href({ view: 'connect', name: cluster.name, region: cluster.region }));
    problem.value = undefined;
    connecting.value = idOf(cluster);
    try {
      const answer = await gateway.connect({ cluster_name: cluster.name, region: cluster.region, auth });
      forgetCluster(answer.connection_id);
      await clusters.load();
      navigate(listHref({ cluster: answer.connection_id }));
    } catch (error) {
      fail(t().connectFailed(cluster.name), error, cluster);
    } finally {
      connecting.value = '';
    }
  }

  const result = found.value;
  return (
    <div class="view">
      <div class="view-head">
        <h1>{t().discoverTitle}</h1>
        {result && <span class="count">{count(result.clusters.length)}</span>}
      </div>
      <div class="view-split">
        <form class="form form-side" ref={form} onSubmit={submit} noValidate autocomplete="off">
          <div class="field">
            <span class="label">{t().regions}</span>
            <Picker
              label={t().chooseRegions}
              buttonClass="button button-select"
              button={
                <>
                  <span class="bar-name mono">{chosen.join(', ')}</span>
                  <Icon name="down" />
                </>
              }
              choices={[...new Set([...chosen, ...REGIONS])].map((region) => ({
                value: region,
                label: region,
              }))}
              chosen={chosen}
              multiple
              accepts={isRegion}
              onChange={(next) => navigate(href({ view: 'discover', regions: next }), 'replace')}
            />
            {(errors.value.region ?? errors.value.regions) && (
              <p class="field-error">{errors.value.region ?? errors.value.regions}</p>
            )}
          </div>
          <Identity
            type={type.value}
            errors={errors.value}
            onType={(next) => {
              type.value = next;
              errors.value = {};
            }}
          />
          {type.value === 'credentials' && <p class="field-hint">{t().keysKept}</p>}
          <div class="form-actions">
            <button type="submit" class="button button-main" disabled={busy.value}>
              {t().findClusters}
            </button>
            {busy.value && (
              <Working what={t().discoverSteps(chosen.length)} onCancel={() => controller.current?.abort()} />
            )}
          </div>
        </form>
        <div class="view-result">
          {problem.value && (
            <ErrorBox
              failed={problem.value.sentence}
              error={problem.value.error}
              shown={problem.value.placed}
              actions={problem.value.cluster && <ConnectByForm cluster={problem.value.cluster} />}
            />
          )}
          {result?.errors.map((error) => (
            <div class="strip strip-bad" role="status" key={error.region}>
              <Mark mark="bad" />
              <span class="strip-text">
                <strong>{t().regionFailed(error.region)}</strong> <code class="error-code">{error.code}</code>{' '}
                {error.message}
              </span>
            </div>
          ))}
          {result && result.clusters.length > 0 && (
            <Table
              label={t().discoverTitle}
              main
              columns={columns(connecting.value, connect)}
              rows={result.clusters}
              rowKey={idOf}
              stale={busy.value}
            />
          )}
          {result && result.clusters.length === 0 && result.errors.length < chosen.length && (
            <Empty title={t().noneFound(chosen.join(', '))} why={t().noneFoundWhy} />
          )}
          {!result && !problem.value && <Empty title={t().discoverStart} why={t().discoverStartWhy} />}
        </div>
      </div>
    </div>
  );
}

/** The form can use another identity, and replace a connection that exists. */
function ConnectByForm({ cluster }: { cluster: AvailableCluster }) {
  return (
    <a class="button" href={href({ view: 'connect', name: cluster.name, region: cluster.region })}>
      {t().connectByForm}
    </a>
  );
}

function columns(
  connecting: string,
  connect: (cluster: AvailableCluster) => void,
): Column<AvailableCluster>[] {
  return [
    {
      id: 'name',
      title: t().columns.name,
      chars: 24,
      least: 16,
      keep: true,
      cell: (cluster) => cluster.name,
      whole: (cluster) => cluster.name,
    },
    { id: 'region', title: t().columns.region, chars: 14, least: 12, cell: (cluster) => cluster.region },
    {
      id: 'status',
      title: t().columns.status,
      chars: 12,
      face: 'sans',
      keep: true,
      cell: (cluster) => <Status mark={markOf(cluster.status)} word={cluster.status} />,
    },
    { id: 'version', title: t().columns.version, chars: 8, align: 'end', cell: (cluster) => cluster.version },
    {
      id: 'endpoint',
      title: t().columns.endpoint,
      chars: 60,
      least: 10,
      cell: (cluster) => cluster.endpoint.replace(/^https:\/\//, ''),
      whole: (cluster) => cluster.endpoint,
    },
    {
      id: 'created',
      title: t().columns.created,
      chars: 9,
      align: 'end',
      cell: (cluster) => <Age time={cluster.created_at} />,
    },
    {
      id: 'connect',
      title: t().columns.actions,
      chars: 13,
      align: 'end',
      face: 'sans',
      keep: true,
      fixed: true,
      cell: (cluster) => {
        if (clusterOf(idOf(cluster))) {
          return (
            <a
              class="button button-quiet"
              href={listHref({ cluster: idOf(cluster) })}
              aria-label={t().openLabel(cluster.name, cluster.region)}
            >
              {t().open}
            </a>
          );
        }
        return (
          <button
            type="button"
            class="button"
            disabled={connecting !== ''}
            aria-label={t().connectLabel(cluster.name, cluster.region)}
            onClick={() => connect(cluster)}
          >
            {connecting === idOf(cluster) ? t().connecting : t().connect}
          </button>
        );
      },
    },
  ];
}
