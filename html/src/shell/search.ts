// Finding by typing: how well a text answers a query, and what a line in the palette means.

export interface Match {
  /** Higher is better. */
  score: number;
  /** Which of its letters answer. */
  at: readonly number[];
}

const from = (first: number, length: number) => Array.from({ length }, (_, index) => first + index);

/** Where words begin: behind what is no letter or digit, and where PersistentVolumeClaim has a capital. */
function beginnings(text: string): number[] {
  return from(0, text.length).filter((place) => {
    const before = text[place - 1] ?? ' ';
    const letter = text[place] ?? '';
    if (!/[\p{L}\p{N}]/u.test(letter)) return false;
    return !/[\p{L}\p{N}]/u.test(before) || (/\p{Lu}/u.test(letter) && /\p{Ll}/u.test(before));
  });
}

/** "jh" of Job history, "pvc" of PersistentVolumeClaim: the first letters of words, the first word among them. */
function initials(text: string, needle: string): number[] | undefined {
  const begin = beginnings(text);
  const out: number[] = [];
  for (const place of begin) {
    if (text[place]?.toLowerCase() === needle[out.length]) out.push(place);
    if (out.length === needle.length) return out[0] === begin[0] ? out : undefined;
  }
  return undefined;
}

/** The letters in order, as close together as from any of their first places. */
function scattered(hay: string, needle: string): number[] | undefined {
  let best: number[] | undefined;
  const width = (at: readonly number[]) => (at.at(-1) ?? 0) - (at[0] ?? 0);
  for (
    let first = hay.indexOf(needle.charAt(0));
    first >= 0;
    first = hay.indexOf(needle.charAt(0), first + 1)
  ) {
    const at = [first];
    for (const letter of needle.slice(1)) {
      const next = hay.indexOf(letter, (at.at(-1) ?? 0) + 1);
      if (next < 0) return best;
      at.push(next);
    }
    if (!best || width(at) < width(best)) best = at;
  }
  return best;
}

/** Letters that lie further apart than this many times their number are there by chance. */
const LOOSE = 4;

/** Whole, beginning, beginning of a word, first letters of words, inside, letters in order. */
export function match(text: string, query: string): Match | undefined {
  const hay = text.toLowerCase();
  const needle = query.toLowerCase();
  if (needle === '') return { score: 1, at: [] };
  if (hay === needle) return { score: 6, at: from(0, needle.length) };
  if (hay.startsWith(needle)) return { score: 5, at: from(0, needle.length) };
  const word = beginnings(text).find((place) => hay.startsWith(needle, place));
  if (word !== undefined) return { score: 4, at: from(word, needle.length) };
  const first = needle.length > 1 ? initials(text, needle) : undefined;
  if (first) return { score: 3.5, at: first };
  const inside = hay.indexOf(needle);
  if (inside >= 0) return { score: 3, at: from(inside, needle.length) };
  if (needle.length < 3) return undefined; // two letters are in order nearly everywhere
  const at = scattered(hay, needle);
  if (!at) return undefined;
  const span = (at.at(-1) ?? 0) - (at[0] ?? 0) + 1;
  const begins = beginnings(text).includes(at[0] ?? -1) ? 0.4 : 0;
  return span > LOOSE * needle.length ? undefined : { score: 1 + needle.length / span + begins, at };
}

export interface Line {
  /** "@name" looks for clusters only. */
  clustersOnly: boolean;
  /** All that is looked for. */
  all: string;
  /** First word, then what follows it: "po kube-system /api". */
  first: string;
  rest: string;
  filter: string;
}

export function parseLine(text: string): Line {
  const trimmed = text.trim();
  const slash = trimmed.indexOf(' /');
  const filter = slash >= 0 ? trimmed.slice(slash + 2).trim() : '';
  const head = slash >= 0 ? trimmed.slice(0, slash) : trimmed;
  const clustersOnly = head.startsWith('@');
  const all = (clustersOnly ? head.slice(1) : head).trim();
  const [first = '', ...rest] = all.split(/\s+/);
  return { clustersOnly, all, first, rest: rest.join(' '), filter };
}
