// The API key that this page asks with, where the gateway wants one. It lives in memory and, when the user says so, in
// the tab's own storage, which ends with the tab; other tabs and later visits never have it.
import { signal } from '@preact/signals';

const NAME = 'eksgate.key';

function remembered(): string {
  try {
    return sessionStorage.getItem(NAME) ?? '';
  } catch {
    return ''; // storage may be switched off
  }
}

/** '' where none is wanted, or none was given yet. */
export const key = signal(remembered());

/** Why the user must sign in, in the gateway's words; '' while he need not. */
export const keyWanted = signal('');

export function takeKey(text: string, keep: boolean): void {
  try {
    if (keep) sessionStorage.setItem(NAME, text);
    else sessionStorage.removeItem(NAME);
  } catch {
    // Not kept, then; it still works until the page is left.
  }
  key.value = text;
}

/** A key that is refused is of no use in any place. */
export function wantKey(why: string): void {
  takeKey('', false);
  keyWanted.value = why;
}
