// "Why am I refused?", offered wherever a cluster said no.
import { signal } from '@preact/signals';
import type { ApiError } from '../api/error';
import { t } from '../texts';

/** The cluster whose access is being explained, "" while none is. */
export const explained = signal('');

/** The cluster that refused, when it was the cluster and not AWS. */
export function refusedBy(error: ApiError): string {
  if ((error.status !== 401 && error.status !== 403) || error.awsRequestId !== '') return '';
  const path = /^[A-Z]+ \/(?:api\/clusters\/([^/?]+)\/resources|raw\/clusters\/([^/?]+))\b/.exec(
    error.request,
  );
  return decodeURIComponent(path?.[1] ?? path?.[2] ?? '');
}

export function WhyRefused({ cluster }: { cluster: string }) {
  return (
    <button
      type="button"
      class="button"
      onClick={() => {
        explained.value = cluster;
      }}
    >
      {t().whyRefused}
    </button>
  );
}
