// Which rows of a long list are worth having in the document.

export interface Visible {
  first: number;
  /** One past the last. */
  last: number;
  padTop: number;
  padBottom: number;
}

/** Rows drawn beyond the edges, so that scrolling does not show gaps. */
const MARGIN = 10;

/**
 * The scroll position is clamped to the list's end: after filtering a scrolled list the browser may still report a
 * place that no longer exists, and an empty table would be shown.
 */
export function visible(total: number, rowHeight: number, viewHeight: number, scrollTop: number): Visible {
  const furthest = Math.max(0, total * rowHeight - viewHeight);
  const top = Math.min(Math.max(0, scrollTop), furthest);
  const first = Math.max(0, Math.floor(top / rowHeight) - MARGIN);
  const last = Math.min(total, Math.ceil((top + Math.max(0, viewHeight)) / rowHeight) + MARGIN);
  return { first, last, padTop: first * rowHeight, padBottom: (total - last) * rowHeight };
}

/** Where to scroll so that a row can be seen whole, or undefined when it already can. */
export function scrollFor(
  index: number,
  rowHeight: number,
  viewHeight: number,
  scrollTop: number,
): number | undefined {
  const top = index * rowHeight;
  if (top < scrollTop) return top;
  const bottom = top + rowHeight;
  return bottom > scrollTop + viewHeight ? bottom - viewHeight : undefined;
}

/** By how many rows most of those in sight have moved; one that moved alone does not take the others with it. */
export function shiftOf(seen: readonly string[], keys: readonly string[], first: number): number {
  const places = new Map(keys.map((key, index) => [key, index]));
  const shifts = seen.flatMap((key, offset) => {
    const place = places.get(key);
    return place === undefined ? [] : [place - (first + offset)];
  });
  shifts.sort((a, b) => a - b);
  return shifts[Math.floor(shifts.length / 2)] ?? 0;
}
