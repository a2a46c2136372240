// An error as a sentence: what failed, the code, what to do, and what to hand to whoever is asked for help.
import type { ComponentChildren } from 'preact';
import type { ApiError, Cause } from '../api/error';
import { clusterOf } from '../lib/gate';
import { adviceFor, t } from '../texts';
import { CopyButton } from './copy';
import { Mark } from './mark';
import { type Explained, refusedBy, WhyRefused } from './refused';

interface ErrorProps {
  /** What was being tried: "The pods of demo could not be read." */
  failed: string;
  error: ApiError;
  /** Causes already shown at their fields. */
  shown?: readonly Cause[];
  actions?: ComponentChildren;
  /** Which rights it needs, when that is known and may be what is missing. */
  needs?: string;
  /** One line over a list that is still shown. */
  slim?: boolean;
}

export function ErrorBox({ failed, error, shown = [], actions, needs, slim = false }: ErrorProps) {
  // Over rows that are still shown, the strip about the credentials says it all.
  if (slim && error.isCredentials) return null;
  const causes = error.causes.filter((cause) => !shown.includes(cause) && cause.message !== '');
  const code = error.code || (error.status > 0 ? `HTTP ${error.status}` : t().failures[error.kind]);
  const message = error.kind === 'answer' ? error.message : t().failureMessages[error.kind];
  const refuser = refusedBy(error);
  return (
    <div class={slim ? 'error error-slim' : 'error'} role="alert">
      <Mark mark="bad" />
      <div class="error-text">
        <p>
          <strong>{failed}</strong> <code class="error-code">{code}</code>
        </p>
        <p class="error-message">{message}</p>
        {causes.length > 0 && (
          <ul>
            {causes.map((cause) => (
              <li key={`${cause.field}${cause.message}`}>
                {cause.field && <code>{cause.field}</code>} {cause.message}
              </li>
            ))}
          </ul>
        )}
        {needs && error.status === 403 && <p>{needs}</p>}
        <p class="error-advice">{adviceFor(error)}</p>
        <div class="error-actions">
          {actions}
          {refuser !== '' && <WhyRefused of={explanation(refuser)} />}
          <CopyButton label={t().copyDetails} text={() => `${failed}\n${error.report()}`} />
          {error.requestId && <span class="error-id">{t().requestId(error.requestId)}</span>}
        </div>
      </div>
    </div>
  );
}

function explanation(cluster: string): Explained {
  const { name, region } = clusterOf(cluster) ?? { name: cluster, region: '' };
  return { cluster, name, region };
}
