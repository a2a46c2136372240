// Finding by typing: how well a text answers a query, and what a line in the palette means.

/** Higher is better, 0 is no match: whole, beginning, beginning of a word, inside, letters in order. */
export function score(text: string, query: string): number {
  const hay = text.toLowerCase();
  const needle = query.toLowerCase();
  if (needle === '') return 1;
  if (hay === needle) return 6;
  if (hay.startsWith(needle)) return 5;
  const at = hay.indexOf(needle);
  if (at > 0 && /[^a-z0-9]/.test(hay[at - 1] ?? '')) return 4;
  if (at >= 0) return 3;
  if (needle.length < 3) return 0; // two letters are in order nearly everywhere
  let place = 0;
  for (const letter of needle) {
    place = hay.indexOf(letter, place) + 1;
    if (place === 0) return 0;
  }
  return 1;
}

export interface Line {
  /** "@name" looks for clusters only. */
  clustersOnly: boolean;
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
  const [first = '', ...rest] = (clustersOnly ? head.slice(1) : head).trim().split(/\s+/);
  return { clustersOnly, first, rest: rest.join(' '), filter };
}
