// JSON values written as block YAML that every parser reads back to the same value.

// Unquoted only where every YAML reader, 1.1 or 1.2, sees a string: nothing that is a word, number, time or marker.
const PLAIN =
  /^(?:[A-Za-z0-9_/]|-{1,2}[A-Za-z])[\w./@+=-]*(?::[\w./@+=-]+)*(?: [\w./@+=-]+(?::[\w./@+=-]+)*)*$/;
const WORDS = /^(?:true|false|yes|no|on|off|y|n|null|nan|inf|~)$/i;
const NUMBER = /^[-+]?(?:0x[\da-f_]+|0o?[0-7_]+|0b[01_]+|[\d_]+\.?[\d_]*(?:e[-+]?\d+)?)$/i;
const SEXAGESIMAL = /^[-+]?\d[\d_]*(?::\d+)+(?:\.\d*)?$/;
const DATE = /^\d{4}-\d\d?-\d/;

function scalar(text: string): string {
  if (!PLAIN.test(text)) return quoted(text);
  if (WORDS.test(text) || NUMBER.test(text) || SEXAGESIMAL.test(text) || DATE.test(text)) return quoted(text);
  return text;
}

/** JSON's quotes are YAML's double quotes; the few bytes YAML forbids raw are escaped too. */
function quoted(text: string): string {
  return JSON.stringify(text).replace(/[\u007f-\u009f\u2028\u2029\ufeff]/g, (char) => {
    return `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}

/** Text of several lines reads best as a literal block, where YAML allows it. */
function literal(text: string, indent: string): string | undefined {
  if (!text.includes('\n') || text.startsWith(' ') || text.startsWith('\n') || text.startsWith('\t'))
    return undefined;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control bytes cannot stand in a literal block
  if (/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028\u2029\ufeff]/.test(text)) return undefined;
  if (/[ \t]$/m.test(text)) return undefined; // blanks at a line's end would be invisible
  const body = text.replace(/\n+$/, '');
  const ends = text.length - body.length;
  const chomp = ends === 0 ? '-' : ends === 1 ? '' : '+';
  const lines = (chomp === '+' ? text.slice(0, -1) : body).split('\n');
  return `|${chomp}\n${lines.map((line) => (line === '' ? '' : indent + line)).join('\n')}`;
}

function isEmpty(value: object): boolean {
  return Object.keys(value).length === 0;
}

function write(value: unknown, depth: number, out: string[], lead: string): void {
  const indent = '  '.repeat(depth);
  if (typeof value === 'string') {
    out.push(`${lead}${literal(value, indent) ?? scalar(value)}`);
  } else if (value === null || typeof value !== 'object') {
    out.push(`${lead}${value === undefined ? 'null' : String(value)}`);
  } else if (isEmpty(value)) {
    out.push(`${lead}${Array.isArray(value) ? '[]' : '{}'}`);
  } else if (Array.isArray(value)) {
    if (lead.trim() !== '') out.push(lead.trimEnd());
    // A list stands at its key's own indent, as kubectl writes it.
    const own = '  '.repeat(Math.max(0, depth - 1));
    for (const item of value) writeItem(item, own, Math.max(0, depth - 1), out);
  } else {
    if (lead.trim() !== '') out.push(lead.trimEnd());
    for (const [key, item] of Object.entries(value)) {
      if (item !== undefined) write(item, depth + 1, out, `${indent}${scalar(key)}: `);
    }
  }
}

function writeItem(item: unknown, own: string, depth: number, out: string[]): void {
  const nested: string[] = [];
  if (Array.isArray(item) && item.length > 0) {
    write(item, depth + 2, nested, '');
    out.push(`${own}-`, ...nested);
    return;
  }
  write(item, depth + 1, nested, '');
  const [first = '', ...rest] = nested.join('\n').split('\n');
  out.push(`${own}- ${first.trimStart()}`, ...rest);
}

export function toYaml(value: unknown): string {
  const out: string[] = [];
  write(value, 0, out, '');
  return `${out.join('\n')}\n`;
}
