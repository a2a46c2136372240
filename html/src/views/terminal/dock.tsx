// Shells under the page: tabs, as high as one likes, and there whatever page is shown above them.
import { signal, useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { stored } from '../../lib/prefs';
import { closeShell, closeShells, type OpenShell, shells, shownShell } from '../../lib/shells';
import { t } from '../../texts';
import { shellTexts } from '../../texts/terminal';
import { Empty } from '../../ui/empty';
import { Icon } from '../../ui/icons';
import '../../styles/dock.css';
import { nameOf } from './name';
import type { ShellPanel } from './screen';

// The screen is large, so it is fetched when the first shell opens and not when the page is idle.
const panel = signal<typeof ShellPanel | undefined>(undefined);
const missing = signal(false);

function fetchPanel(): void {
  import('./screen').then(
    (part) => {
      panel.value = part.ShellPanel;
    },
    () => {
      missing.value = true;
    },
  );
}

const LOWEST = 120;
const STEP = 24;

const height = stored<number>(
  'dock',
  280,
  (value): value is number => typeof value === 'number' && value >= LOWEST,
);

/** Some of the page stays in sight. */
function bounded(wanted: number): number {
  return Math.round(Math.max(LOWEST, Math.min(wanted, window.innerHeight - 120)));
}

export function Dock() {
  const tall = useSignal(false);
  const open = shells.value;
  const Panel = panel.value;
  useEffect(fetchPanel, []);
  // Whoever leaves the page loses what runs in them.
  useEffect(() => {
    const ask = (event: Event) => event.preventDefault();
    addEventListener('beforeunload', ask);
    return () => removeEventListener('beforeunload', ask);
  }, []);
  return (
    <section
      class={tall.value ? 'dock dock-tall' : 'dock'}
      aria-label={shellTexts().dock}
      style={tall.value ? undefined : { height: `${bounded(height.value)}px` }}
    >
      {!tall.value && <Handle />}
      <div class="dock-head">
        <Names open={open} />
        <button
          type="button"
          class="button button-icon"
          aria-pressed={tall.value}
          title={tall.value ? shellTexts().notTall : shellTexts().tall}
          onClick={() => {
            tall.value = !tall.value;
          }}
        >
          <span class="offscreen">{tall.value ? shellTexts().notTall : shellTexts().tall}</span>
          <Icon name={tall.value ? 'down' : 'up'} />
        </button>
        <button type="button" class="button button-icon" title={shellTexts().closeAll} onClick={closeShells}>
          <span class="offscreen">{shellTexts().closeAll}</span>
          <Icon name="close" />
        </button>
      </div>
      {missing.value && <Empty title={t().partMissing} why={t().partMissingWhy} />}
      {Panel &&
        open.map((shell) => <Panel key={shell.id} shell={shell} shown={shell.id === shownShell.value} />)}
    </section>
  );
}

function Handle() {
  const dragged = useRef<{ from: number; height: number } | undefined>(undefined);
  return (
    // biome-ignore lint/a11y/useSemanticElements: an <hr> can not be moved
    <div
      class="dock-handle"
      role="separator"
      aria-orientation="horizontal"
      aria-label={shellTexts().resize}
      aria-valuenow={bounded(height.value)}
      aria-valuemin={LOWEST}
      tabIndex={0}
      onPointerDown={(event) => {
        dragged.current = { from: event.clientY, height: bounded(height.value) };
        event.currentTarget.setPointerCapture(event.pointerId);
      }}
      onPointerMove={(event) => {
        if (dragged.current)
          height.value = bounded(dragged.current.height + dragged.current.from - event.clientY);
      }}
      onPointerUp={() => {
        dragged.current = undefined;
      }}
      onKeyDown={(event) => {
        const step = event.key === 'ArrowUp' ? STEP : event.key === 'ArrowDown' ? -STEP : 0;
        if (step === 0) return;
        event.preventDefault();
        height.value = bounded(height.value + step);
      }}
    />
  );
}

function Names({ open }: { open: readonly OpenShell[] }) {
  return (
    <ul class="dock-names">
      {open.map((shell) => (
        <li key={shell.id} class={shell.id === shownShell.value ? 'dock-tab at' : 'dock-tab'}>
          <button
            type="button"
            class="dock-name mono"
            aria-current={shell.id === shownShell.value ? 'true' : undefined}
            title={shell.namespace ? `${shell.cluster} · ${shell.namespace}` : shell.cluster}
            onClick={() => {
              shownShell.value = shell.id;
            }}
          >
            {nameOf(shell)}
          </button>
          <button
            type="button"
            class="dock-close"
            title={shellTexts().closeShell(nameOf(shell))}
            onClick={() => closeShell(shell.id)}
          >
            <span class="offscreen">{shellTexts().closeShell(nameOf(shell))}</span>
            <Icon name="close" />
          </button>
        </li>
      ))}
    </ul>
  );
}
