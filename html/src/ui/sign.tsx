// What becomes of a thing, as a sign before it. It is beside the word that says so to who does not see it.

export type Tone = 'ok' | 'warn' | 'bad' | 'info' | 'none';

export function Sign({ tone, sign }: { tone: Tone; sign: string }) {
  return (
    <span class={`sign tone-${tone}`} aria-hidden="true">
      {sign}
    </span>
  );
}
