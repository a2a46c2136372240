// One place that hears the keyboard. Views register what they offer; the help page lists what is registered.
import { signal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';

export interface Binding {
  /** "/", "j", "g p", "mod+k", "Enter": as the help page shows it. */
  keys: string;
  label: string;
  run(): void;
}

interface Layer {
  bindings: Binding[];
}

const layers = signal<Layer[]>([]);
let pending = '';
let pendingTimer: ReturnType<typeof setTimeout> | undefined;

/** Every binding that works now, the innermost view's first. */
export function activeBindings(): Binding[] {
  const seen = new Set<string>();
  const out: Binding[] = [];
  for (const layer of [...layers.value].reverse()) {
    for (const binding of layer.bindings) {
      if (seen.has(binding.keys)) continue;
      seen.add(binding.keys);
      out.push(binding);
    }
  }
  return out;
}

/** Registers bindings for as long as the component is shown. */
export function useKeys(bindings: Binding[]): void {
  const latest = useRef(bindings);
  latest.current = bindings;
  useEffect(() => {
    const layer: Layer = {
      get bindings() {
        return latest.current;
      },
    };
    layers.value = [...layers.peek(), layer];
    return () => {
      layers.value = layers.peek().filter((other) => other !== layer);
    };
  }, []);
}

/** The letter on the key, also while a Korean (or other) layout is active. */
export function keyName(event: Pick<KeyboardEvent, 'key' | 'code'>): string {
  const letter = /^Key([A-Z])$/.exec(event.code)?.[1];
  if (letter && event.key.length === 1 && event.key > '~') return letter.toLowerCase();
  return event.key;
}

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement && target.closest('input, textarea, select, [contenteditable]') !== null
  );
}

/** Buttons, links and menus keep the keys that work them. */
function usesItself(target: EventTarget | null, name: string): boolean {
  if (name !== 'Enter' && name !== ' ') return false;
  return target instanceof HTMLElement && target.closest('button, a, summary, [role=menu]') !== null;
}

export function handleKey(event: KeyboardEvent): void {
  if (event.defaultPrevented || event.isComposing || event.altKey) return;
  const name = keyName(event);
  const mod = event.ctrlKey || event.metaKey;
  const inDialog = document.querySelector('dialog[open]') !== null;
  if (inDialog || (!mod && isTyping(event.target)) || usesItself(event.target, name)) return;
  if (name === 'Shift' || name === 'Control' || name === 'Meta') return;

  const wanted = mod ? `mod+${name.toLowerCase()}` : pending === '' ? name : `${pending} ${name}`;
  clearPending();
  const bindings = activeBindings();
  const binding = bindings.find((other) => other.keys === wanted);
  if (binding) {
    event.preventDefault();
    binding.run();
  } else if (!mod && bindings.some((other) => other.keys.startsWith(`${wanted} `))) {
    pending = wanted;
    pendingTimer = setTimeout(clearPending, 1200);
  }
}

function clearPending(): void {
  pending = '';
  clearTimeout(pendingTimer);
}

export function listenForKeys(): void {
  document.addEventListener('keydown', handleKey);
}

const isMac = /Mac|iPhone|iPad/.test(globalThis.navigator?.platform ?? '');

/** "mod+k" as this machine's keyboard calls it. */
export function shownKeys(keys: string): string {
  return keys.replace('mod+', isMac ? '⌘ ' : 'Ctrl ').replace(/ k$/, ' K');
}
