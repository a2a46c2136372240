// Thin lines over a view that say what is going on with the gateway itself.
import type { ComponentChildren } from 'preact';
import { ApiError } from '../api/error';
import { clock, duration } from '../lib/age';
import { clusterOf, health } from '../lib/gate';
import { freshness } from '../lib/refresh';
import { openCluster, to } from '../router';
import { t } from '../texts';
import { Mark } from '../ui/mark';

/** Only speaks when something is wrong. */
export function GatewayStrip() {
  const error = health.error.value;
  const data = health.data.value;
  if (error && (error.kind === 'network' || error.kind === 'timeout')) {
    return <Strip text={t().gatewayGone} />;
  }
  if (data?.redis === 'down') return <Strip text={t().redisDown} />;
  return null;
}

function Strip({ text, children }: { text: string; children?: ComponentChildren }) {
  return (
    <div class="strip strip-bad" role="status">
      <Mark mark="bad" />
      <span class="strip-text">{text}</span>
      {children}
    </div>
  );
}

/** Credentials that are gone are one fault, however many lists it stops. It ends with the first reading that works. */
export function CredentialsStrip() {
  const source = freshness.value;
  const error = source?.error.value;
  if (!(error instanceof ApiError) || !error.isCredentials) return null;
  const id = openCluster.value;
  const { name, region } = clusterOf(id) ?? { name: id, region: '' };
  const asOf = source?.asOf.value;
  return (
    <Strip text={t().credentialsGone(name)}>
      <span>{asOf === undefined ? t().credentialsRetry : t().credentialsStale(clock(asOf))}</span>
      <a class="button" href={to('connect', { name, region })}>
        {t().connectAgain}
      </a>
    </Strip>
  );
}

/** The sandbox while it is being built: step, percent, elapsed. */
export function SandboxStrip() {
  const progress = health.data.value?.sandbox;
  if (!progress) return null;
  if (progress.error) {
    return (
      <div class="strip strip-bad" role="status">
        <Mark mark="bad" />
        <span class="strip-text">
          <strong>{t().sandboxFailed}</strong> {progress.error}
        </span>
      </div>
    );
  }
  const percent = Math.min(100, Math.max(0, Math.round(progress.percent)));
  return (
    <div class="strip strip-progress">
      <Mark mark="progressing" />
      <strong>{t().sandboxBuilding}</strong>
      <span class="strip-step">{progress.message || progress.step}</span>
      <progress max={100} value={percent} aria-label={t().sandboxBuilding} />
      <span class="strip-numbers">{t().progress(percent, duration(progress.elapsed_seconds * 1000))}</span>
    </div>
  );
}
