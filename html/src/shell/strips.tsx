// Thin lines over a view that say what is going on with the gateway itself.

import { duration } from '../lib/age';
import { health } from '../lib/gate';
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

function Strip({ text }: { text: string }) {
  return (
    <div class="strip strip-bad" role="status">
      <Mark mark="bad" />
      <span class="strip-text">{text}</span>
    </div>
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
