// The filter box: plain words match what can be seen, terms with "=" are label selectors the server applies.

export interface Filter {
  words: string[];
  labels: string;
}

const LABEL_TERM = /^[A-Za-z0-9]([A-Za-z0-9._/-]*[A-Za-z0-9])?(=|==|!=)[A-Za-z0-9]?[A-Za-z0-9._-]*$/;

export function parseFilter(text: string): Filter {
  const words: string[] = [];
  const labels: string[] = [];
  for (const term of text.trim().split(/\s+/)) {
    if (term === '') continue;
    if (LABEL_TERM.test(term)) labels.push(term);
    else words.push(term.toLowerCase());
  }
  return { words, labels: labels.join(',') };
}

/** Every word must be found somewhere in the row; "!word" must not. */
export function matches(haystack: string, words: readonly string[]): boolean {
  return words.every((word) => {
    if (word.length > 1 && word.startsWith('!')) return !haystack.includes(word.slice(1));
    return haystack.includes(word);
  });
}
