// "Why am I refused?", offered wherever a cluster said no.
import { signal } from '@preact/signals';
import type { ApiError } from '../api/error';
import { t } from '../texts';

/** Whose access is being explained: of a connection, or of somebody whom the cluster did not let connect. */
export interface Explained {
  cluster: string;
  name: string;
  region: string;
  /** The identity that was refused; the connection's own when left out. */
  identity?: string;
}

export const explained = signal<Explained | undefined>(undefined);

/** The cluster that refused, when it was the cluster and not AWS. */
export function refusedBy(error: ApiError): string {
  if ((error.status !== 401 && error.status !== 403) || error.awsRequestId !== '') return '';
  const path = /^[A-Z]+ \/(?:api\/clusters\/([^/?]+)\/resources|raw\/clusters\/([^/?]+))\b/.exec(
    error.request,
  );
  return decodeURIComponent(path?.[1] ?? path?.[2] ?? '');
}

/** The identity that a cluster did not let connect, "" for every other failure. */
export function refusedIdentity(error: ApiError): string {
  return error.slug === 'upstream-unauthorized' ? error.principal : '';
}

export function WhyRefused({ of }: { of: Explained }) {
  return (
    <button
      type="button"
      class="button"
      onClick={() => {
        explained.value = of;
      }}
    >
      {t().whyRefused}
    </button>
  );
}
