// The cluster itself: first what is wrong anywhere in it, then what it is and who we are to it.
import { useSignal } from '@preact/signals';
import type { ApiError } from '../../api/error';
import type { EksCluster, EksOverview } from '../../api/types';
import { markOf } from '../../kinds/health';
import { clusterOf } from '../../lib/gate';
import { now } from '../../lib/media';
import { to } from '../../router';
import { locale } from '../../texts';
import { eks } from '../../texts/eks';
import { Age } from '../../ui/age';
import { ErrorBox } from '../../ui/error';
import { Fact, Facts } from '../../ui/facts';
import { Mark, Status } from '../../ui/mark';
import { explained } from '../../ui/refused';
import { SaveButton } from '../../ui/save';
import { State, States } from '../../ui/states';
import { Waiting } from '../../ui/waiting';
import { Again } from './notes';
import { faultsOf, issueText, timeOf } from './parts';
import type { EksSource } from './source';
import { type Support, supportOf } from './support';
import { iso } from './table';

interface OverviewProps {
  source: EksSource;
  cluster: string;
  where: string;
}

export function Overview({ source, cluster, where }: OverviewProps) {
  const { data, error, cancelled } = source.overview;
  const failed = error.value;
  return (
    <>
      {failed && (
        <ErrorBox
          slim={data.value !== undefined}
          failed={eks().clusterFailed(where)}
          error={failed}
          needs={eks().needs('eks:DescribeCluster')}
          actions={<Again query={source.overview} />}
        />
      )}
      {!data.value && !failed && !cancelled.value && (
        <Waiting what={eks().waitingCluster(where)} onCancel={() => source.overview.cancel()} />
      )}
      <div class={failed && data.value ? 'summary overview stale' : 'summary overview'}>
        <Attention source={source} cluster={cluster} />
        {data.value && <ClusterFacts overview={data.value} />}
        <Connection source={source} cluster={cluster} where={where} />
      </div>
    </>
  );
}

/** Every fault of every part, so that nobody has to look through the tabs for it. */
function Attention({ source, cluster }: { source: EksSource; cluster: string }) {
  const overview = source.overview.data.value;
  const parts = Object.values(source.parts);
  if (!overview && parts.every(({ items }) => items.value === undefined)) return null;
  const support = supportSentence(overview);
  const issues = overview?.cluster.health?.issues ?? [];
  const faults = parts.flatMap(({ part, items }) =>
    faultsOf(part, items.value ?? []).map((item) => ({ part, item })),
  );
  const unread = parts.some(({ items, query }) => items.value === undefined && !query.error.value);
  const refused = parts.some(({ items, query }) => items.value === undefined && query.error.value);
  if (!support && issues.length === 0 && faults.length === 0) {
    return (
      <p class="status">
        <Mark mark={unread ? 'progressing' : refused ? 'unknown' : 'ok'} />
        <span>{unread ? eks().allWellPending : refused ? eks().allWellPartial : eks().allWell}</span>
      </p>
    );
  }
  return (
    <section class="part">
      <h2>{eks().attention}</h2>
      <States>
        {support && <State mark="bad" name={eks().version} message={support} />}
        {issues.map((issue) => (
          <State
            key={issueText(issue)}
            mark="bad"
            name={issue.code ?? eks().cluster}
            message={issue.message}
            origin={issue.resourceIds?.join(', ')}
          />
        ))}
        {faults.map(({ part, item }) => (
          <State
            key={`${part.id} ${item.name}`}
            mark="bad"
            name={eks().kinds[part.id]}
            aside={
              <a class="mono" href={to('eks', { cluster, part: part.id, open: item.name })}>
                {part.id === 'updates' ? String(item.object.type ?? item.name) : item.name}
              </a>
            }
            word={item.status?.word}
            time={part.happens && <Age time={iso(item.time)} />}
            message={item.issues[0] && issueText(item.issues[0])}
          />
        ))}
      </States>
      {refused && <p class="muted">{eks().allWellPartial}</p>}
    </section>
  );
}

function supportSentence(overview: EksOverview | undefined): string {
  if (!overview) return '';
  const { phase, mark, daysLeft } = supportOf(overview.version, now.value);
  const version = overview.cluster.version ?? '';
  if (mark !== 'bad') return '';
  if (phase === 'standard') return eks().supportEnding(version, daysLeft);
  return phase === 'extended' ? eks().supportExtended(version) : eks().supportEnded(version);
}

function supportWord({ phase, until, daysLeft }: Support): string {
  if (until === undefined) return eks().supportNames[phase];
  const date = new Date(until).toLocaleDateString(locale(), { dateStyle: 'medium' });
  if (phase === 'standard') return eks().standardSupport(date, daysLeft);
  return phase === 'extended' ? eks().extendedSupport(date, daysLeft) : eks().noSupport(date);
}

function endpointAccess({ resourcesVpcConfig: vpc }: EksCluster): string {
  if (!vpc) return eks().notSaid;
  const cidrs = vpc.publicAccessCidrs ?? [];
  const from = cidrs.length === 0 || cidrs.includes('0.0.0.0/0') ? eks().anywhere : cidrs.join(', ');
  if (vpc.endpointPublicAccess && vpc.endpointPrivateAccess) return eks().access.both(from);
  return vpc.endpointPublicAccess ? eks().access.public(from) : eks().access.private;
}

function logTypes({ logging }: EksCluster): string {
  const on = (logging?.clusterLogging ?? []).filter((log) => log.enabled).flatMap((log) => log.types ?? []);
  return on.length === 0 ? eks().off : on.join(', ');
}

const onOff = (on: boolean) => (on ? eks().on : eks().off);

function ClusterFacts({ overview: { cluster, version, errors } }: { overview: EksOverview }) {
  const support = supportOf(version, now.value);
  const supportError = errors.find((error) => error.part === 'version');
  const mode = cluster.accessConfig?.authenticationMode;
  const policy = cluster.upgradePolicy?.supportType;
  return (
    <section class="part">
      <h2>{eks().cluster}</h2>
      <Facts wide>
        <Fact name={eks().status}>
          <Status mark={markOf(cluster.status ?? '')} word={cluster.status ?? ''} />
        </Fact>
        <Fact name={eks().version}>
          <span class="mono">{cluster.version}</span>
        </Fact>
        <Fact name={eks().support}>
          {supportError ? (
            <>
              {eks().versionFailed} <code class="error-code">{supportError.code}</code>
            </>
          ) : (
            <Status mark={support.mark} word={supportWord(support)} />
          )}
        </Fact>
        {policy && <Fact name={eks().upgradePolicy}>{eks().policies[policy] ?? policy}</Fact>}
        <Fact name={eks().platform}>
          <span class="mono">{cluster.platformVersion ?? eks().notSaid}</span>
        </Fact>
        <Fact name={eks().endpointAccess}>{endpointAccess(cluster)}</Fact>
        <Fact name={eks().endpoint}>
          <span class="mono">{cluster.endpoint}</span>
        </Fact>
        <Fact name={eks().authentication}>{mode ? (eks().modes[mode] ?? mode) : eks().notSaid}</Fact>
        <Fact name={eks().logging}>{logTypes(cluster)}</Fact>
        <Fact name={eks().encryption}>{onOff((cluster.encryptionConfig?.length ?? 0) > 0)}</Fact>
        {cluster.deletionProtection !== undefined && (
          <Fact name={eks().protection}>{onOff(cluster.deletionProtection)}</Fact>
        )}
        <Fact name={eks().network}>
          <span class="mono">{cluster.resourcesVpcConfig?.vpcId ?? eks().notSaid}</span>
        </Fact>
        <Fact name={eks().role}>
          <span class="mono">{cluster.roleArn}</span>
        </Fact>
        <Fact name={eks().arn}>
          <span class="mono">{cluster.arn}</span>
        </Fact>
        <Fact name={eks().created}>
          <Age time={iso(timeOf(cluster.createdAt))} />
        </Fact>
      </Facts>
    </section>
  );
}

/** How the gateway reaches the cluster: as whom, and by which role. */
function Connection({ source, cluster, where }: OverviewProps) {
  const notSaved = useSignal<ApiError | undefined>(undefined);
  const detail = source.detail.data.value;
  if (!detail) return null;
  return (
    <section class="part">
      <h2>{eks().connection}</h2>
      <Facts wide>
        <Fact name={eks().connectedAs}>
          <span class="mono">{detail.identity_arn}</span>
        </Fact>
        {detail.role_arn && (
          <Fact name={eks().assumed}>
            <span class="mono">{detail.role_arn}</span>
          </Fact>
        )}
        <Fact name={eks().authType}>{eks().authTypes[detail.auth_type]}</Fact>
        <Fact name={eks().connectedAt}>
          <Age time={detail.connected_at} />
        </Fact>
      </Facts>
      <p>
        <button
          type="button"
          class="button"
          onClick={() => {
            const region = clusterOf(cluster)?.region ?? '';
            explained.value = { cluster, name: where, region };
          }}
        >
          {eks().whoAmI}
        </button>{' '}
        <SaveButton
          label={eks().kubeconfig}
          tip={eks().kubeconfigTip}
          path={`/api/clusters/${encodeURIComponent(cluster)}/kubeconfig`}
          name={`${where}.kubeconfig`}
          onError={(error) => {
            notSaved.value = error;
          }}
        />
      </p>
      {notSaved.value && <ErrorBox failed={eks().kubeconfigFailed(where)} error={notSaved.value} />}
    </section>
  );
}
