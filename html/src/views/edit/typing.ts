// What Tab and Enter do in a text of YAML. Pure: each gives the range to replace, with what, and where to go on.

export interface Edit {
  from: number;
  to: number;
  insert: string;
  /** The selection afterwards. */
  start: number;
  end: number;
}

const STEP = '  ';

function lineStart(text: string, at: number): number {
  return text.lastIndexOf('\n', at - 1) + 1;
}

/** One step in: at the cursor, or all lines of a selection. */
export function indent(text: string, start: number, end: number): Edit {
  if (start === end) {
    const column = start - lineStart(text, start);
    const insert = ' '.repeat(STEP.length - (column % STEP.length));
    return { from: start, to: end, insert, start: start + insert.length, end: start + insert.length };
  }
  return eachLine(text, start, end, (line) => (line === '' ? line : STEP + line));
}

/** One step out, of every line that is touched. */
export function outdent(text: string, start: number, end: number): Edit {
  return eachLine(text, start, end, (line) => line.replace(/^ {1,2}|^\t/, ''));
}

function eachLine(text: string, start: number, end: number, change: (line: string) => string): Edit {
  const from = lineStart(text, start);
  // A selection that ends before the first character of a line does not touch that line.
  const last = end > start && text[end - 1] === '\n' ? end - 1 : end;
  const next = text.indexOf('\n', last);
  const to = next < 0 ? text.length : next;
  const lines = text.slice(from, to).split('\n');
  const changed = lines.map(change);
  const insert = changed.join('\n');
  const first = (changed[0]?.length ?? 0) - (lines[0]?.length ?? 0);
  return {
    from,
    to,
    insert,
    start: Math.max(from, start + first),
    end: Math.max(from, end + insert.length - (to - from)),
  };
}

/** A new line as far in as this one, a step further where this one opens something. */
export function newline(text: string, start: number, end: number): Edit {
  const line = text.slice(lineStart(text, start), start);
  const [lead = ''] = /^ */.exec(line) ?? [];
  const opens = /[:|>][-+]?\s*$/.test(line) && !/^\s*#/.test(line);
  const insert = `\n${lead}${opens ? STEP : ''}`;
  return { from: start, to: end, insert, start: start + insert.length, end: start + insert.length };
}
