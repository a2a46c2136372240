// What is said beside a refusal: which right is missing, what may be confirmed, and which run is in the way.
import type { Signal } from '@preact/signals';
import type { ApiError } from '../../api/error';
import { to } from '../../router';
import { provisioning } from '../../texts/provision';
import { Check } from '../../ui/field';

export const NEEDS = () => provisioning().needsAdmin;

/** What EKS or the cluster warns of is in the way, and may be confirmed; not so a run that goes on. */
export function canBeConfirmed(error: ApiError | undefined): boolean {
  return error?.status === 409 && typeof error.details.run !== 'string';
}

export function Confirm({ confirmed }: { confirmed: Signal<boolean> }) {
  const texts = provisioning();
  return (
    <Check
      label={texts.confirmWarnings}
      hint={texts.confirmHint}
      checked={confirmed.value}
      onChange={(on) => {
        confirmed.value = on;
      }}
    />
  );
}

/** The run that goes on already, where the gateway named it. */
export function ActiveRunLink({ error, name }: { error: ApiError; name: string }) {
  const { run } = error.details;
  if (error.status !== 409 || typeof run !== 'string') return null;
  return (
    <a class="button" href={to('provision-run', { name, run })}>
      {provisioning().showRun}
    </a>
  );
}
