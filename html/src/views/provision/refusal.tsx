// What is said beside a refusal: which right is missing, and which run is in the way.
import type { ApiError } from '../../api/error';
import { to } from '../../router';
import { provisioning } from '../../texts/provision';

export const NEEDS = () => provisioning().needsAdmin;

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
