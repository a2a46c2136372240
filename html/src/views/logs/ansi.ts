// A line of a log as pieces of text with a look. Colours are kept, every other control of a terminal is taken out, and
// what cannot be seen is shown: a line is text, whatever a program wrote into it.

export interface Piece {
  text: string;
  /** Class names, "" for plain. */
  look: string;
}

/** Black, red, green, yellow, blue, magenta, cyan and white, as they can be read on either ground. */
const COLOURS = [
  'muted',
  'tone-bad',
  'tone-ok',
  'tone-warn',
  'tone-info',
  'ansi-violet',
  'ansi-teal',
  'muted',
];

// CSI … letter, OSC … BEL or ST, and the short escapes.
const ESCAPE =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
  /\u001b(?:\[([0-9;:?<=>]*)[ -/]*([@-~])|\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|[ -/]*[0-~])|\u009b[0-9;]*[@-~]/g;
// biome-ignore lint/suspicious/noControlCharactersInRegex: as above
const CONTROL = /[\u0000-\u0008\u000a-\u001f\u007f]/g;

interface Look {
  colour: string;
  bold: boolean;
  dim: boolean;
  underline: boolean;
}

const PLAIN: Look = { colour: '', bold: false, dim: false, underline: false };

function classes({ colour, bold, dim, underline }: Look): string {
  const out = [colour, bold && 'ansi-bold', dim && 'muted', underline && 'ansi-under'];
  return out.filter(Boolean).join(' ');
}

/** What "1;31" makes of a look. Colours of large palettes are left out: they are not made for our ground. */
function styled(look: Look, codes: string): Look {
  const next = { ...look };
  const list = codes.split(/[;:]/).map(Number);
  for (let at = 0; at < list.length; at++) {
    const code = list[at] ?? 0;
    if (code === 0) Object.assign(next, PLAIN);
    else if (code === 1) next.bold = true;
    else if (code === 2) next.dim = true;
    else if (code === 4) next.underline = true;
    else if (code === 22) Object.assign(next, { bold: false, dim: false });
    else if (code === 24) next.underline = false;
    else if (code === 39) next.colour = '';
    else if (code >= 30 && code <= 37) next.colour = COLOURS[code - 30] ?? '';
    else if (code >= 90 && code <= 97) next.colour = COLOURS[code - 90] ?? '';
    else if (code === 38 || code === 48) at += list[at + 1] === 2 ? 4 : 2;
  }
  return next;
}

function visible(text: string): string {
  return text.replace(CONTROL, (char) =>
    String.fromCharCode(0x2400 + (char === '\u007f' ? 0x21 : char.charCodeAt(0))),
  );
}

export function piecesOf(line: string): Piece[] {
  const text = line.replace(/\r+$/, '');
  const out: Piece[] = [];
  let look = PLAIN;
  let from = 0;
  const add = (end: number) => {
    if (end > from) out.push({ text: visible(text.slice(from, end)), look: classes(look) });
  };
  for (const match of text.matchAll(ESCAPE)) {
    add(match.index);
    from = match.index + match[0].length;
    if (match[2] === 'm') look = styled(look, match[1] ?? '');
  }
  add(text.length);
  return out;
}

/** The line as it is read, without looks. */
export function plainOf(line: string): string {
  return piecesOf(line)
    .map((piece) => piece.text)
    .join('');
}

export interface Found extends Piece {
  found: boolean;
}

/** The pieces cut where the words that are searched for begin and end; they may lie across several. */
export function marked(pieces: readonly Piece[], query: string): Found[] {
  if (query === '') return pieces.map((piece) => ({ ...piece, found: false }));
  const whole = pieces
    .map((piece) => piece.text)
    .join('')
    .toLowerCase();
  const needle = query.toLowerCase();
  const cuts: number[] = [];
  for (let at = whole.indexOf(needle); at >= 0; at = whole.indexOf(needle, at + needle.length)) {
    cuts.push(at, at + needle.length);
  }
  const out: Found[] = [];
  let place = 0;
  let cut = 0;
  for (const { text, look } of pieces) {
    let from = 0;
    while (from < text.length) {
      while ((cuts[cut] ?? Number.POSITIVE_INFINITY) <= place + from) cut++;
      const end = Math.min(text.length, (cuts[cut] ?? Number.POSITIVE_INFINITY) - place);
      out.push({ text: text.slice(from, end), look, found: cut % 2 === 1 });
      from = end;
    }
    place += text.length;
  }
  return out;
}

/** How often the words stand in a line. */
export function countIn(line: string, query: string): number {
  const whole = plainOf(line).toLowerCase();
  const needle = query.toLowerCase();
  let count = 0;
  if (needle === '') return 0;
  for (let at = whole.indexOf(needle); at >= 0; at = whole.indexOf(needle, at + needle.length)) count++;
  return count;
}
