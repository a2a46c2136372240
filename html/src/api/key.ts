// Who this page is to a gateway that wants API keys. Over TLS the key is shown once, for a session's cookie that no script
// can read. In clear, which is on this machine only, a browser would give that cookie to other ports as well: there the
// key lives in memory and, when the user says so, in the tab's own storage, which ends with the tab.
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

export const hasSessions = location.protocol === 'https:';

/** Says beside the cookie that it is this page that asks; '' without a session. */
export const session = signal('');

let looked: Promise<void> | undefined;

async function look(): Promise<void> {
  try {
    const answer = await fetch('/api/auth/user', { cache: 'no-store', redirect: 'error' });
    if (answer.ok) session.value = (await answer.json()).csrf ?? '';
  } catch {
    looked = undefined; // The gateway is away: what is asked for now will say so.
  }
}

/** A page that was reloaded, or is another tab's neighbour, may have a session already. */
export function findSession(): Promise<void> | undefined {
  if (hasSessions) looked ??= look();
  return looked;
}

export function takeKey(text: string, keep: boolean): void {
  try {
    if (keep) sessionStorage.setItem(NAME, text);
    else sessionStorage.removeItem(NAME);
  } catch {
    // Not kept, then; it still works until the page is left.
  }
  key.value = text;
}

/** What is refused is of no use in any place. */
export function wantKey(why: string): void {
  takeKey('', false);
  session.value = '';
  keyWanted.value = why;
}
