// One shell: its screen, and a line that says how it stands when it is not open.
import { FitAddon } from '@xterm/addon-fit';
import { type ITheme, Terminal } from '@xterm/xterm';
import '@xterm/xterm/css/xterm.css';
import { useEffect, useMemo, useRef } from 'preact/hooks';
import { closeShell, type OpenShell } from '../../lib/shells';
import { t } from '../../texts';
import { shellTexts } from '../../texts/terminal';
import { ErrorBox } from '../../ui/error';
import { Mark } from '../../ui/mark';
import { nameOf } from './name';
import { type End, ShellSession } from './session';
import { withSheets } from './sheets';

const SCROLLBACK = 5000;

/** The page's colours, as they are now. */
function themeOf(element: Element): ITheme {
  const style = getComputedStyle(element);
  return {
    background: style.backgroundColor,
    foreground: style.color,
    cursor: style.color,
    cursorAccent: style.backgroundColor,
    selectionBackground: style.getPropertyValue('outline-color'),
  };
}

export class ShellScreen {
  readonly terminal: Terminal;
  readonly session: ShellSession;
  #fit = new FitAddon();
  #sizes: ResizeObserver | undefined;

  constructor(shell: OpenShell) {
    this.terminal = new Terminal({
      scrollback: SCROLLBACK,
      cursorBlink: false,
      macOptionIsMeta: true,
      minimumContrastRatio: 4.5,
    });
    this.session = new ShellSession(shell, {
      write: (data, done) => this.terminal.write(data, done),
      size: () => ({ columns: this.terminal.cols, rows: this.terminal.rows }),
    });
    this.terminal.loadAddon(this.#fit);
    this.terminal.onData((text) => this.session.type(text));
    this.terminal.onBinary((text) => this.session.typeBytes(text));
    this.terminal.onResize(() => this.session.resize());
    this.terminal.attachCustomKeyEventHandler((event) => !this.#keeps(event));
  }

  /** Keys that are the page's and not the shell's. */
  #keeps(event: KeyboardEvent): boolean {
    if (event.type !== 'keydown') return false;
    const copies = event.code === 'KeyC' && event.ctrlKey && (event.shiftKey || this.terminal.hasSelection());
    if (copies) {
      event.preventDefault();
      const text = this.terminal.getSelection();
      if (text !== '') navigator.clipboard?.writeText(text).catch(() => undefined);
      this.terminal.clearSelection();
      return true;
    }
    // The browser pastes then, and the screen hears it.
    if (event.code === 'KeyV' && event.ctrlKey) return true;
    if (event.key === 'Escape' && event.shiftKey) {
      event.preventDefault();
      document.querySelector<HTMLElement>('.dock-name[aria-current]')?.focus();
      return true;
    }
    return false;
  }

  open(host: HTMLElement): void {
    const style = getComputedStyle(host);
    this.terminal.options.fontFamily = style.fontFamily;
    this.terminal.options.fontSize = Number.parseFloat(style.fontSize);
    this.terminal.options.theme = themeOf(host);
    withSheets(document, () => this.terminal.open(host));
    this.#fit.fit();
    this.#sizes = new ResizeObserver(() => {
      if (host.clientHeight > 0) this.#fit.fit();
    });
    this.#sizes.observe(host);
    this.session.connect();
  }

  /** Another theme was chosen. */
  repaint(host: HTMLElement): void {
    this.terminal.options.theme = themeOf(host);
  }

  dispose(): void {
    this.#sizes?.disconnect();
    this.session.close();
    this.terminal.dispose();
  }
}

function wordsOf({ code, error }: End): string {
  switch (code) {
    case 1000:
      return shellTexts().ended;
    case 4401:
      return shellTexts().signInAgain;
    case 4403:
      return shellTexts().refused;
    case 4408:
      return shellTexts().timedOut;
    case 4429:
      return shellTexts().tooMany;
    case 1011:
      return shellTexts().failed;
    default:
      return error ? shellTexts().failed : shellTexts().lost;
  }
}

export function ShellPanel({ shell, shown }: { shell: OpenShell; shown: boolean }) {
  const host = useRef<HTMLDivElement>(null);
  const screen = useMemo(() => new ShellScreen(shell), [shell.id]);
  useEffect(() => {
    const element = host.current;
    if (!element) return;
    screen.open(element);
    const themes = matchMedia('(prefers-color-scheme: dark)');
    const repaint = () => screen.repaint(element);
    themes.addEventListener('change', repaint);
    const chosen = new MutationObserver(repaint);
    chosen.observe(document.documentElement, { attributeFilter: ['data-theme'] });
    return () => {
      themes.removeEventListener('change', repaint);
      chosen.disconnect();
      screen.dispose();
    };
  }, [screen]);
  useEffect(() => {
    if (shown) screen.terminal.focus();
  }, [shown, screen]);

  const state = screen.session.state.value;
  const end = screen.session.end.value;
  return (
    <div class="dock-panel" hidden={!shown}>
      {state === 'connecting' && (
        <p class="strip" role="status">
          <Mark mark="progressing" />
          <span class="strip-text">{shellTexts().connecting}</span>
        </p>
      )}
      {end?.error && (
        <ErrorBox
          slim
          failed={wordsOf(end)}
          error={end.error}
          actions={<Again screen={screen} shell={shell} />}
        />
      )}
      {end && !end.error && (
        <div class={end.code === 1000 ? 'strip' : 'strip strip-warn'} role="status">
          <Mark mark={end.code === 1000 ? 'unknown' : 'progressing'} />
          <span class="strip-text">
            {wordsOf(end)} {end.reason !== '' && <span class="muted">{end.reason}</span>}
          </span>
          <Again screen={screen} shell={shell} />
        </div>
      )}
      <section class="dock-screen" ref={host} aria-label={shellTexts().screen(nameOf(shell))} />
    </div>
  );
}

function Again({ screen, shell }: { screen: ShellScreen; shell: OpenShell }) {
  return (
    <>
      <button
        type="button"
        class="button"
        onClick={() => {
          screen.terminal.reset();
          screen.session.connect();
          screen.terminal.focus();
        }}
      >
        {shellTexts().again}
      </button>
      <button type="button" class="button" onClick={() => closeShell(shell.id)}>
        {t().close}
      </button>
    </>
  );
}
