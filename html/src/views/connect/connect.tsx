// Connect one cluster by name. Secrets are read from their inputs, sent once, and the inputs emptied.
import { batch, useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { type ApiError, type Cause, isAbort, toApiError } from '../../api/error';
import * as gateway from '../../api/gateway';
import { clusters, forgetCluster, health } from '../../lib/gate';
import { lastRegion } from '../../lib/prefs';
import { listHref, navigate, type ViewOf } from '../../router';
import { t } from '../../texts';
import { forms } from '../../texts/connect';
import { ErrorBox } from '../../ui/error';
import { Check, TextField } from '../../ui/field';
import { refusedIdentity, WhyRefused } from '../../ui/refused';
import { Working } from '../../ui/working';
import {
  AUTH_FIELDS,
  type AuthType,
  checkAuth,
  clearSecrets,
  type FieldErrors,
  isClusterName,
  isRegion,
  placeCauses,
  REGIONS,
  readAuth,
  readField,
  useFocus,
} from './auth';
import { Identity } from './identity';

const FIELDS = ['cluster_name', 'region', ...AUTH_FIELDS];

interface Problem {
  error: ApiError;
  placed: Cause[];
  /** The cluster that could not be connected. */
  name: string;
  region: string;
}

/** Asked for another cluster, it begins anew. */
export function ConnectPage({ view: { name, region } }: { view: ViewOf<'connect'> }) {
  return <Connect key={`${region}/${name}`} name={name} region={region} />;
}

function Connect({ name, region }: { name: string; region: string }) {
  const form = useRef<HTMLFormElement>(null);
  const controller = useRef<AbortController | undefined>(undefined);
  const type = useSignal<AuthType>('credentials');
  const errors = useSignal<FieldErrors>({});
  const failed = useSignal<Problem | undefined>(undefined);
  const replace = useSignal(false);
  const busy = useSignal('');

  const missing = name === '' ? 'cluster_name' : region === '' ? 'region' : 'auth.access_key_id';
  const focus = useFocus(form, [missing]);

  useEffect(() => () => controller.current?.abort(), []);

  async function submit(event: Event): Promise<void> {
    event.preventDefault();
    const element = form.current;
    if (!element || busy.value !== '') return;
    const cluster_name = readField(element, 'cluster_name');
    const wantedRegion = readField(element, 'region');
    const auth = readAuth(element, type.value);
    const wrong = { ...checkName(cluster_name), ...checkRegion(wantedRegion), ...checkAuth(auth) };
    batch(() => {
      errors.value = wrong;
      failed.value = undefined;
    });
    if (Object.keys(wrong).length > 0) return focus(wrong);

    controller.current = new AbortController();
    busy.value = cluster_name;
    const sent = gateway.connect(
      { cluster_name, region: wantedRegion, auth, ...(replace.value ? { replace: true } : {}) },
      controller.current.signal,
    );
    clearSecrets(element);
    try {
      const { connection_id } = await sent;
      lastRegion.value = wantedRegion;
      forgetCluster(connection_id);
      await clusters.load();
      navigate(listHref({ cluster: connection_id }));
    } catch (error) {
      if (isAbort(error)) return;
      const problem = toApiError(error);
      const { errors: placedErrors, placed } = placeCauses(problem, FIELDS);
      batch(() => {
        errors.value = placedErrors;
        failed.value = { error: problem, placed, name: cluster_name, region: wantedRegion };
      });
      focus(placed.length > 0 ? placedErrors : { 'auth.secret_access_key': '-' });
      requestAnimationFrame(() => element.querySelector('.error')?.scrollIntoView({ block: 'nearest' }));
    } finally {
      busy.value = '';
    }
  }

  const problem = failed.value;
  const startRegion = region || lastRegion.value || health.data.value?.region || '';
  return (
    <div class="view view-form">
      <div class="view-head">
        <h1>{forms().connectTitle}</h1>
      </div>
      <form class="form" ref={form} onSubmit={submit} noValidate autocomplete="off">
        <TextField
          name="cluster_name"
          label={forms().clusterName}
          value={name}
          mono
          required
          error={errors.value.cluster_name}
        />
        <TextField
          name="region"
          label={forms().region}
          hint={forms().regionHint}
          value={startRegion}
          mono
          required
          choices={REGIONS}
          error={errors.value.region}
        />
        <Identity
          type={type.value}
          errors={errors.value}
          cleared={problem !== undefined}
          onType={(next) => {
            type.value = next;
            errors.value = {};
          }}
        />
        {(problem?.error.status === 409 || replace.value) && (
          <Check
            label={forms().replaceConnection}
            hint={forms().replaceHint}
            checked={replace.value}
            onChange={(checked) => {
              replace.value = checked;
            }}
          />
        )}
        {problem && (
          <ErrorBox
            failed={forms().connectFailed(problem.name)}
            error={problem.error}
            shown={problem.placed}
            actions={<WhyNotConnected {...problem} />}
          />
        )}
        <div class="form-actions">
          <button type="submit" class="button button-main" disabled={busy.value !== ''}>
            {busy.value === '' ? t().connect : forms().connecting}
          </button>
          {busy.value === '' ? (
            <a class="button" href="/">
              {t().cancel}
            </a>
          ) : (
            <Working what={forms().connectSteps(busy.value)} onCancel={() => controller.current?.abort()} />
          )}
        </div>
      </form>
    </div>
  );
}

/** The cluster answered, and does not know who asked. */
function WhyNotConnected({ error, name, region }: Problem) {
  const identity = refusedIdentity(error);
  if (identity === '') return null;
  return <WhyRefused of={{ cluster: `${region}_${name}`, name, region, identity }} />;
}

function checkName(name: string): FieldErrors {
  if (name === '') return { cluster_name: forms().needed };
  return isClusterName(name) ? {} : { cluster_name: forms().wrongClusterName };
}

function checkRegion(region: string): FieldErrors {
  if (region === '') return { region: forms().needed };
  return isRegion(region) ? {} : { region: forms().wrongRegion };
}
