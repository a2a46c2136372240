// "Why am I refused?": who AWS says we are, whether the cluster knows that identity, and what would help.
import { useSignal } from '@preact/signals';
import { useEffect, useMemo } from 'preact/hooks';
import { type ApiError, toApiError } from '../../api/error';
import * as gateway from '../../api/gateway';
import { Query } from '../../api/query';
import type { Access, AccessPolicy, EksObject } from '../../api/types';
import type { Mark as MarkName } from '../../kinds/health';
import { clock, duration } from '../../lib/age';
import { clusterOf, discoveryOf, namespacesOf } from '../../lib/gate';
import { refreshNow } from '../../lib/refresh';
import { t } from '../../texts';
import { eks } from '../../texts/eks';
import { CopyButton } from '../../ui/copy';
import { confirm, Dialog } from '../../ui/dialog';
import { ErrorBox } from '../../ui/error';
import { Fact, Facts } from '../../ui/facts';
import { Radios } from '../../ui/field';
import { Mark, Status } from '../../ui/mark';
import { type Explained, explained } from '../../ui/refused';
import { Waiting } from '../../ui/waiting';
import { policiesOf } from '../eks/parts';

export function AccessDialog({ of }: { of: Explained }) {
  const close = () => {
    explained.value = undefined;
  };
  return (
    <Dialog label={eks().whyTitle(of.name)} kind="reading" onClose={close}>
      <h2>{eks().whyTitle(of.name)}</h2>
      {of.identity ? (
        <Stranger of={of} identity={of.identity} onClose={close} />
      ) : (
        <Connected cluster={of.cluster} where={of.name} onClose={close} />
      )}
    </Dialog>
  );
}

interface StrangerProps {
  of: Explained;
  identity: string;
  onClose(): void;
}

/** There is no connection to ask about, but the refusal itself says whom the cluster does not know. */
function Stranger({ of, identity, onClose }: StrangerProps) {
  const granted = useSignal(false);
  return (
    <>
      <div class="strip strip-bad verdict">
        <Mark mark="bad" />
        <div class="strip-text">
          <p>
            <strong>{eks().refused(of.name)}</strong>
          </p>
          <p>{eks().strangerWhy}</p>
        </div>
      </div>
      {granted.value && <Granted mark="ok" text={eks().strangerGranted} />}
      <Facts>
        <Fact name={eks().principal}>
          <span class="mono">{identity}</span>
        </Fact>
      </Facts>
      <Command text={commandFor(of.name, of.region, identity)} />
      {clusterOf(of.cluster) ? (
        <Grant
          cluster={of.cluster}
          where={of.name}
          principal={identity}
          other
          hint={eks().grantByConnection}
          onGranted={() => {
            granted.value = true;
          }}
        />
      ) : null}
      <div class="dialog-actions">
        <button type="button" class="button button-main" onClick={onClose}>
          {t().close}
        </button>
      </div>
    </>
  );
}

function Granted({ mark, text }: { mark: MarkName; text: string }) {
  return (
    <div class="strip" role="status">
      <Mark mark={mark} />
      <span class="strip-text">{text}</span>
    </div>
  );
}

interface ConnectedProps {
  cluster: string;
  where: string;
  onClose(): void;
}

function Connected({ cluster, where, onClose }: ConnectedProps) {
  const query = useMemo(() => new Query((signal) => gateway.access(cluster, signal)), [cluster]);
  const granted = useSignal(false);
  useEffect(() => {
    query.load();
    return () => query.cancel();
  }, [query]);
  const again = () => {
    query.load();
    rereadCluster(cluster);
  };
  const access = query.data.value;
  const error = query.error.value;
  return (
    <>
      {error && (
        <ErrorBox
          slim={access !== undefined}
          failed={eks().whyFailed}
          error={error}
          actions={
            <button type="button" class="button" onClick={() => query.load()}>
              {t().tryAgain}
            </button>
          }
        />
      )}
      {!access && !error && <Waiting what={eks().waitingWhy} />}
      {granted.value && <Granted mark={access?.accepted ? 'ok' : 'progressing'} text={eks().granted} />}
      {access && (
        <>
          <Verdict access={access} where={where} />
          <Findings access={access} />
          {access.fix && <Command text={access.fix.aws_cli} />}
          {access.fix && (
            <Grant
              cluster={cluster}
              where={where}
              principal={access.principal_arn}
              hint={eks().grantUnsure}
              onGranted={() => {
                granted.value = true;
                again();
              }}
            />
          )}
        </>
      )}
      <div class="dialog-actions">
        {access && (
          <button type="button" class="button" disabled={query.loading.value} onClick={again}>
            {t().tryAgain}
          </button>
        )}
        <button type="button" class="button button-main" onClick={onClose}>
          {t().close}
        </button>
      </div>
    </>
  );
}

/** What was refused may work now: the open page, and what the frame knows of the cluster. */
function rereadCluster(cluster: string): void {
  refreshNow();
  discoveryOf(cluster).load();
  namespacesOf(cluster).load();
}

/** The answer first: accepted or not, and why not, as sentences. */
function Verdict({ access, where }: { access: Access; where: string }) {
  const user = access.kubernetes_user?.username;
  return (
    <div class={access.accepted ? 'strip verdict' : 'strip strip-bad verdict'}>
      <Mark mark={access.accepted ? 'ok' : 'bad'} />
      <div class="strip-text">
        <p>
          <strong>{access.accepted ? eks().accepted(where) : eks().refused(where)}</strong>
        </p>
        {access.accepted && user && <p>{eks().acceptedAs(where, user)}</p>}
        {access.accepted && <p>{eks().acceptedLess}</p>}
        {access.problems.map(({ code, message }) => (
          <p key={code}>{eks().problemTexts[code] ?? message}</p>
        ))}
      </div>
    </div>
  );
}

function Findings({ access }: { access: Access }) {
  const user = access.kubernetes_user;
  const mode = access.authentication_mode;
  return (
    <Facts>
      <Fact name={eks().caller}>
        <span class="mono">{access.identity_arn}</span>
      </Fact>
      {access.principal_arn !== access.identity_arn && (
        <Fact name={eks().principal}>
          <span class="mono">{access.principal_arn}</span>
        </Fact>
      )}
      {user && (
        <Fact name={eks().inCluster}>
          <span class="mono">{user.username}</span>{' '}
          <span class="mono muted">{(user.groups ?? []).join(', ')}</span>
        </Fact>
      )}
      <Fact name={eks().authentication}>{mode ? (eks().modes[mode] ?? mode) : eks().notSaid}</Fact>
      <Fact name={eks().entry}>
        <Entry access={access} />
      </Fact>
      {access.access_entry && <EntryFacts entry={access.access_entry} />}
      <Fact name={eks().clockOffset}>{eks().clockFine(`${access.clock_offset_seconds} s`)}</Fact>
      <Fact name={eks().token}>
        {access.token_age_seconds === null || !access.token_expires_at
          ? eks().tokenNone
          : eks().tokenAge(
              duration(access.token_age_seconds * 1000),
              clock(Date.parse(access.token_expires_at)),
            )}
      </Fact>
      {access.credentials_expire_at && (
        <Fact name={eks().credentialsEnd}>
          <time dateTime={access.credentials_expire_at}>
            {clock(Date.parse(access.credentials_expire_at))}
          </time>
        </Fact>
      )}
    </Facts>
  );
}

/** A missing entry is a fault only where the cluster refuses: aws-auth may know the identity too. */
function Entry({ access }: { access: Access }) {
  if (access.access_entry) return <Status mark="ok" word={eks().entryThere} />;
  if (!access.access_entry_known) return <Status mark="unknown" word={eks().entryUnknown} />;
  return <Status mark={access.accepted ? 'unknown' : 'bad'} word={eks().entryMissing} />;
}

function EntryFacts({ entry }: { entry: EksObject }) {
  const policies = policiesOf(entry);
  const groups = Array.isArray(entry.kubernetesGroups) ? entry.kubernetesGroups.join(', ') : '';
  return (
    <>
      <Fact name={eks().entryPolicies}>{policies.length === 0 ? eks().noPolicies : policies.join(', ')}</Fact>
      {groups !== '' && (
        <Fact name={eks().groups}>
          <span class="mono">{groups}</span>
        </Fact>
      )}
    </>
  );
}

const POLICIES: readonly AccessPolicy[] = ['view', 'edit', 'admin', 'cluster-admin'];

interface GrantProps {
  cluster: string;
  where: string;
  principal: string;
  /** Somebody else than who the connection is. */
  other?: boolean;
  /** What is not sure about it. */
  hint?: string;
  onGranted(): void;
}

function Grant({ cluster, where, principal, other = false, hint, onGranted }: GrantProps) {
  const policy = useSignal<AccessPolicy>('view');
  const busy = useSignal(false);
  const failed = useSignal<ApiError | undefined>(undefined);

  async function grant(): Promise<void> {
    const yes = await confirm({
      title: eks().grantTitle(where),
      effect: [eks().grantEffect(principal, eks().policyNames[policy.value], where), eks().grantHolds],
      action: eks().grantButton[policy.value],
      danger: policy.value !== 'view',
    });
    if (!yes) return;
    busy.value = true;
    failed.value = undefined;
    try {
      await gateway.grantAccess(cluster, policy.value, other ? principal : undefined);
      onGranted();
    } catch (error) {
      failed.value = toApiError(error);
    } finally {
      busy.value = false;
    }
  }

  return (
    <section class="part">
      <h3>{eks().grant}</h3>
      <Radios
        name="policy"
        label={eks().policy}
        value={policy.value}
        choices={POLICIES.map((value) => ({
          value,
          label: eks().policyNames[value],
          hint: eks().policyHints[value],
        }))}
        onChange={(value) => {
          policy.value = value;
        }}
      />
      {hint && <p class="field-hint">{hint}</p>}
      {failed.value && <ErrorBox failed={eks().grantFailed} error={failed.value} />}
      <p>
        <button type="button" class="button" disabled={busy.value} onClick={grant}>
          {busy.value ? eks().granting : eks().grantButton[policy.value]}
        </button>
      </p>
    </section>
  );
}

/** The exact fix, for whoever may do it. */
function Command({ text }: { text: string }) {
  return (
    <section class="part">
      <h3>{eks().fix}</h3>
      <p>{eks().fixWhy}</p>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a long command is scrolled by keyboard too */}
      <section class="code command" tabIndex={0} aria-label={eks().fix}>
        <pre>{text.replaceAll(' && ', ' &&\n').replaceAll(' --', ' \\\n  --')}</pre>
      </section>
      <p>
        <CopyButton label={eks().copyCommand} text={() => text} />
      </p>
    </section>
  );
}

/** As the gateway words it for a connection. */
function commandFor(name: string, region: string, principal: string): string {
  const about = `--region ${region} --cluster-name ${name} --principal-arn ${principal}`;
  const [, partition = 'aws'] = principal.split(':');
  const policy = `arn:${partition}:eks::aws:cluster-access-policy/AmazonEKSViewPolicy`;
  return `aws eks create-access-entry ${about} && aws eks associate-access-policy ${about} --policy-arn ${policy} --access-scope type=cluster`;
}
