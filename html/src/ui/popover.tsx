// A button with a panel under it: menus, pickers, settings. Escape and a click elsewhere close it.
import { useSignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';

interface PopoverProps {
  label: string;
  button: ComponentChildren;
  buttonClass?: string;
  align?: 'start' | 'end';
  disabled?: boolean;
  children(close: () => void): ComponentChildren;
}

export function Popover({
  label,
  button,
  buttonClass = 'button',
  align = 'start',
  disabled,
  children,
}: PopoverProps) {
  const open = useSignal(false);
  const root = useRef<HTMLDivElement>(null);

  function close(): void {
    open.value = false;
    root.current?.querySelector('button')?.focus();
  }

  // Before the next key arrives, so that typing may follow the click at once.
  useLayoutEffect(() => {
    if (!open.value) return;
    const panel = root.current?.querySelector<HTMLElement>('.popover');
    const first = panel?.querySelector<HTMLElement>('input, button, [tabindex="0"]');
    (first ?? panel)?.focus();
    keepInWindow(panel);
    function onDown(event: Event): void {
      if (!root.current?.contains(event.target as Node)) open.value = false;
    }
    document.addEventListener('pointerdown', onDown);
    return () => document.removeEventListener('pointerdown', onDown);
  }, [open.value]);

  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: it only hears what its button and panel let pass
    <div
      class={`popover-root popover-${align}`}
      ref={root}
      onKeyDown={(event) => {
        if (event.key !== 'Escape' || !open.value) return;
        event.preventDefault();
        event.stopPropagation();
        close();
      }}
      onFocusOut={(event) => {
        const to = event.relatedTarget as Node | null;
        if (to && !root.current?.contains(to)) open.value = false;
      }}
    >
      <button
        type="button"
        class={buttonClass}
        aria-haspopup="dialog"
        aria-expanded={open.value}
        disabled={disabled}
        title={label}
        onClick={() => {
          open.value = !open.value;
        }}
      >
        <span class="offscreen">{label}</span>
        {button}
      </button>
      {open.value && (
        <div class="popover" role="dialog" aria-label={label} tabIndex={-1}>
          {children(close)}
        </div>
      )}
    </div>
  );
}

/** Near the right edge the panel moves left instead of leaving the window. */
function keepInWindow(panel: HTMLElement | null | undefined): void {
  if (!panel) return;
  const box = panel.getBoundingClientRect();
  const edge = document.documentElement.clientWidth - 8;
  const shift = box.right > edge ? edge - box.right : box.left < 8 ? 8 - box.left : 0;
  if (shift !== 0) panel.style.translate = `${Math.round(shift)}px 0`;
}
