// Which clusters do these credentials see, region by region; one click connects.
import { batch, useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { type ApiError, type Cause, isAbort, toApiError } from '../../api/error';
import * as gateway from '../../api/gateway';
import type { Auth, AvailableCluster } from '../../api/types';
import { markOf } from '../../kinds/health';
import { count } from '../../lib/format';
import { clusterOf, clusters, forgetCluster, health } from '../../lib/gate';
import { lastRegion } from '../../lib/prefs';
import { listHref, navigate, to, type ViewOf } from '../../router';
import { t } from '../../texts';
import { forms } from '../../texts/connect';
import { Age } from '../../ui/age';
import { Empty } from '../../ui/empty';
import { ErrorBox } from '../../ui/error';
import { Icon } from '../../ui/icons';
import { Mark, Status } from '../../ui/mark';
import { Picker } from '../../ui/picker';
import { refusedIdentity, WhyRefused } from '../../ui/refused';
import { type Column, Table } from '../../ui/table/table';
import { Working } from '../../ui/working';
import {
  AUTH_FIELDS,
  type AuthType,
  checkAuth,
  clearSecrets,
  type FieldErrors,
  isRegion,
  isRoleArn,
  placeCauses,
  REGIONS,
  readAuth,
  regionsBeside,
  rolesOf,
  useFocus,
} from '../connect/auth';
import { Identity } from '../connect/identity';
import { type Failed, type Found, isSwitchedOff, placesOf, Scan } from './scan';

/** Keys typed here serve one-click connects for so long, in this page's memory only. */
const KEEP_MS = 10 * 60_000;

/** In the URL and the picker: every region of the partition. */
const ALL = 'all';

const idOf = (cluster: AvailableCluster) => `${cluster.region}_${cluster.name}`;

interface Problem {
  sentence: string;
  error: ApiError;
  placed: Cause[];
  /** The cluster that could not be connected. */
  cluster?: Found;
}

export function DiscoverPage({ view: { regions } }: { view: ViewOf<'discover'> }) {
  const form = useRef<HTMLFormElement>(null);
  const focus = useFocus(form);
  const identity = useRef<Auth | undefined>(undefined);
  const forget = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const type = useSignal<AuthType>('default');
  const errors = useSignal<FieldErrors>({});
  const problem = useSignal<Problem | undefined>(undefined);
  const scan = useSignal<Scan | undefined>(undefined);
  const connecting = useSignal('');
  const home = lastRegion.value || health.data.value?.region || 'us-east-1';
  const chosen = regions.length > 0 ? regions : [home];

  function dropIdentity(): void {
    identity.current = undefined;
    clearTimeout(forget.current);
  }
  useEffect(
    () => () => {
      scan.value?.cancel();
      dropIdentity();
    },
    [],
  );

  function fail(sentence: string, thrown: unknown, cluster?: Found): void {
    if (isAbort(thrown)) return;
    const error = toApiError(thrown);
    const placed = placeCauses(error, [...AUTH_FIELDS, 'region', 'regions']);
    batch(() => {
      errors.value = placed.errors;
      problem.value = { sentence, error, placed: placed.placed, cluster };
    });
    focus(placed.errors);
  }

  async function submit(event: Event): Promise<void> {
    event.preventDefault();
    const element = form.current;
    if (!element || scan.value?.running.value) return;
    const { role_arn, ...auth } = readAuth(element, type.value);
    const roles = rolesOf(role_arn);
    const wrong = {
      ...checkAuth({ ...auth, ...(role_arn === '' ? { role_arn } : {}) }),
      ...checkRoles(roles),
    };
    batch(() => {
      errors.value = wrong;
      problem.value = undefined;
    });
    if (Object.keys(wrong).length > 0) return focus(wrong);
    clearSecrets(element);
    dropIdentity();
    identity.current = auth;
    forget.current = setTimeout(dropIdentity, KEEP_MS);
    const places = placesOf(chosen.includes(ALL) ? regionsBeside(home) : chosen, roles);
    const next = new Scan(places, ({ region, role }, signal) =>
      gateway.available([region], authAs(auth, role), signal),
    );
    scan.value = next;
    await next.run();
    if (scan.value !== next) return;
    const [first] = chosen;
    if (next.error.value) fail(forms().discoverFailed, next.error.value);
    else if (first && first !== ALL) lastRegion.value = first;
  }

  async function connect(cluster: Found): Promise<void> {
    const auth = identity.current;
    if (!auth) return navigate(to('connect', { name: cluster.name, region: cluster.region }));
    problem.value = undefined;
    connecting.value = keyOf(cluster);
    try {
      const answer = await gateway.connect({
        cluster_name: cluster.name,
        region: cluster.region,
        auth: authAs(auth, cluster.role),
      });
      forgetCluster(answer.connection_id);
      await clusters.load();
      navigate(listHref({ cluster: answer.connection_id }));
    } catch (error) {
      fail(forms().connectFailed(cluster.name), error, cluster);
    } finally {
      connecting.value = '';
    }
  }

  const clustersFound = scan.value?.found.value ?? [];
  const running = scan.value?.running.value ?? false;
  return (
    <div class="view">
      <div class="view-head">
        <h1>{forms().discoverTitle}</h1>
        {scan.value && (
          <span class="count">
            {running ? t().soFar(count(clustersFound.length)) : count(clustersFound.length)}
          </span>
        )}
      </div>
      <div class="view-split">
        <form class="form form-side" ref={form} onSubmit={submit} noValidate autocomplete="off">
          <div class="field">
            <span class="label">{forms().regions}</span>
            <Picker
              label={forms().chooseRegions}
              buttonClass="button button-select"
              button={
                <>
                  <span class="bar-name mono">
                    {chosen.includes(ALL) ? forms().allRegions : chosen.join(', ')}
                  </span>
                  <Icon name="down" />
                </>
              }
              choices={[...new Set([ALL, ...chosen, ...REGIONS])].map((region) => ({
                value: region,
                label: region === ALL ? forms().allRegions : region,
              }))}
              chosen={chosen}
              multiple
              accepts={isRegion}
              onChange={(next) => navigate(to('discover', { regions: withoutAll(next, chosen) }), 'replace')}
            />
            {(errors.value.region ?? errors.value.regions) && (
              <p class="field-error">{errors.value.region ?? errors.value.regions}</p>
            )}
          </div>
          <Identity
            type={type.value}
            errors={errors.value}
            manyRoles
            onType={(next) => {
              type.value = next;
              errors.value = {};
            }}
          />
          {type.value === 'credentials' && <p class="field-hint">{forms().keysKept}</p>}
          <div class="form-actions">
            <button type="submit" class="button button-main" disabled={running}>
              {forms().findClusters}
            </button>
            {scan.value && running && <Progress scan={scan.value} />}
          </div>
        </form>
        <div class="view-result">
          {problem.value && (
            <ErrorBox
              failed={problem.value.sentence}
              error={problem.value.error}
              shown={problem.value.placed}
              actions={
                problem.value.cluster && (
                  <ConnectByForm cluster={problem.value.cluster} error={problem.value.error} />
                )
              }
            />
          )}
          {scan.value && <Missing scan={scan.value} />}
          {clustersFound.length > 0 && (
            <Table
              label={forms().discoverTitle}
              main
              columns={columns(clustersFound, connecting.value, connect)}
              rows={clustersFound}
              rowKey={keyOf}
            />
          )}
          {scan.value && clustersFound.length === 0 && isWhole(scan.value) && (
            <Empty
              title={forms().noneFound(chosen.includes(ALL) ? forms().allRegions : chosen.join(', '))}
              why={forms().noneFoundWhy}
            />
          )}
          {!scan.value && !problem.value && (
            <Empty title={forms().discoverStart} why={forms().discoverStartWhy} />
          )}
        </div>
      </div>
    </div>
  );
}

const keyOf = (cluster: Found) => `${idOf(cluster)} ${cluster.role ?? ''}`;

/** The external ID and the roles before belong to the role; without one there is nothing to send them for. */
function authAs(auth: Auth, role: string | undefined): Auth {
  if (role) return { ...auth, role_arn: role };
  const { external_id: _, role_chain: __, ...rest } = auth;
  return rest;
}

function checkRoles(roles: readonly string[]): FieldErrors {
  const wrong = roles.find((role) => !isRoleArn(role));
  return wrong === undefined ? {} : { 'auth.role_arn': forms().wrongRoleOf(wrong) };
}

/** "All" and single regions exclude each other; the last choice wins. */
function withoutAll(next: string[], before: readonly string[]): string[] {
  if (!next.includes(ALL)) return next;
  return before.includes(ALL) ? next.filter((region) => region !== ALL) : [ALL];
}

/** Every place has been asked, and not all in vain. */
function isWhole(scan: Scan): boolean {
  return !scan.running.value && !scan.cancelled.value && !scan.error.value;
}

function Progress({ scan }: { scan: Scan }) {
  const total = scan.places.length;
  const done = scan.done.value;
  return (
    <Working
      what={forms().discoverSteps(count(done), count(total))}
      progress={{ done, total }}
      onCancel={() => scan.cancel()}
    />
  );
}

/** More regions than this are counted, and named on demand. */
const FEW = 3;

/** What is not in the table, and why. */
function Missing({ scan }: { scan: Scan }) {
  const failed = scan.failed.value;
  const lost = failed.reduce((sum, failure) => sum + (failure.name ? 0 : failure.regions.length), 0);
  const answered = scan.done.value > lost;
  return (
    <>
      {scan.cancelled.value && (
        <div class="strip strip-warn" role="status">
          <Mark mark="unknown" />
          <span class="strip-text">
            {forms().discoverStopped(count(scan.done.value), count(scan.places.length))}
          </span>
        </div>
      )}
      {!scan.error.value &&
        failed.map((failure) => {
          const off = isSwitchedOff(failure, answered);
          return (
            <div
              class={off ? 'strip' : 'strip strip-bad'}
              role="status"
              key={[failure.code, failure.role, failure.name, ...failure.regions].join()}
            >
              <Mark mark={off ? 'unknown' : 'bad'} />
              <span class="strip-text">
                <strong>{sentenceOf(failure, off)}</strong>{' '}
                {off ? (
                  failure.regions.join(', ')
                ) : (
                  <>
                    <code class="error-code">{failure.code}</code> {failure.message}
                  </>
                )}
                {!off && failure.regions.length > FEW && (
                  <details>
                    <summary>{forms().whichRegions}</summary>
                    {failure.regions.join(', ')}
                  </details>
                )}
              </span>
            </div>
          );
        })}
    </>
  );
}

function sentenceOf({ regions, role, name }: Failed, off: boolean): string {
  const where = regions.length > FEW ? forms().regionCount(regions.length) : regions.join(', ');
  if (off) return forms().regionsOff(regions.length);
  if (name) return forms().describeFailed(name, where);
  return role ? forms().regionFailedAs(where, roleName(role)) : forms().regionFailed(where);
}

/** Name and account: what tells roles apart. */
function roleName(arn: string): string {
  const [, , , , account = '', ...name] = arn.split(':');
  return `${name.join(':').replace(/^role\//, '')} ${account}`;
}

/** The form can use another identity, and replace a connection that exists. */
function ConnectByForm({ cluster, error }: { cluster: Found; error: ApiError }) {
  const identity = refusedIdentity(error);
  return (
    <>
      {identity !== '' && <WhyRefused of={{ ...cluster, cluster: idOf(cluster), identity }} />}
      <a class="button" href={to('connect', { name: cluster.name, region: cluster.region })}>
        {forms().connectByForm}
      </a>
    </>
  );
}

function columns(
  rows: readonly Found[],
  connecting: string,
  connect: (cluster: Found) => void,
): Column<Found>[] {
  const role: Column<Found> = {
    id: 'role',
    title: t().columns.role,
    chars: 30,
    least: 14,
    cell: (cluster) => cluster.role && roleName(cluster.role),
    whole: (cluster) => cluster.role ?? '',
  };
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
    ...(rows.some((cluster) => cluster.role) ? [role] : []),
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
            {connecting === keyOf(cluster) ? forms().connecting : t().connect}
          </button>
        );
      },
    },
  ];
}
