// The one dialog. It is modal, Escape and the veil close it, focus returns where it was.
import { signal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';
import { t } from '../texts';

interface DialogProps {
  label: string;
  kind?: 'normal' | 'reading' | 'palette';
  onClose(): void;
  children: ComponentChildren;
}

export function Dialog({ label, kind = 'normal', onClose, children }: DialogProps) {
  const element = useRef<HTMLDialogElement>(null);
  // Before the next key arrives, so that typing may follow the shortcut at once.
  useLayoutEffect(() => {
    const before = document.activeElement;
    const dialog = element.current;
    dialog?.showModal();
    return () => {
      dialog?.close(); // what lies under an open dialog cannot take the focus
      if (before instanceof HTMLElement && before.isConnected) before.focus();
    };
  }, []);
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: Escape does for the keyboard what the veil does for the pointer
    <dialog
      ref={element}
      class={`dialog dialog-${kind}`}
      aria-label={label}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      onClick={(event) => {
        if (event.target === element.current) onClose();
      }}
    >
      <div class="dialog-body">{children}</div>
    </dialog>
  );
}

export interface Question {
  title: string;
  /** What happens, and what does not. */
  effect: string[];
  /** The button, named after its effect. */
  action: string;
  danger?: boolean;
}

const question = signal<(Question & { answer(yes: boolean): void }) | undefined>(undefined);

export function confirm(asked: Question): Promise<boolean> {
  return new Promise((resolve) => {
    question.value = {
      ...asked,
      answer(yes) {
        question.value = undefined;
        resolve(yes);
      },
    };
  });
}

export function ConfirmHost() {
  const asked = question.value;
  if (!asked) return null;
  return (
    <Dialog label={asked.title} onClose={() => asked.answer(false)}>
      <h2>{asked.title}</h2>
      {asked.effect.map((sentence) => (
        <p key={sentence}>{sentence}</p>
      ))}
      <div class="dialog-actions">
        <button type="button" class="button" onClick={() => asked.answer(false)}>
          {t().cancel}
        </button>
        <button
          type="button"
          class={asked.danger ? 'button button-danger' : 'button button-main'}
          onClick={() => asked.answer(true)}
        >
          {asked.action}
        </button>
      </div>
    </Dialog>
  );
}
