import { describe, expect, it } from 'vitest';

type Node = string | string[] | ((...args: never[]) => string) | { [key: string]: Node };

function walk(node: Node, path: string, out: Map<string, Node>): Map<string, Node> {
  if (typeof node === 'object' && !Array.isArray(node)) {
    for (const [key, value] of Object.entries(node)) walk(value, path === '' ? key : `${path}.${key}`, out);
  } else {
    out.set(path, node);
  }
  return out;
}

/** Every file of a language: what stands in jobs.en.ts begins with "jobs." here. */
function catalogue(files: Record<string, Record<string, Node>>, language: string): Map<string, Node> {
  const out = new Map<string, Node>();
  for (const [path, file] of Object.entries(files)) {
    const about = /^\.\/(\w+)\.\w+\.ts$/.exec(path)?.[1] ?? '';
    walk(file[language] as Node, about, out);
  }
  return out;
}

const english = catalogue(import.meta.glob(['./en.ts', './*.en.ts'], { eager: true }), 'en');
const korean = catalogue(import.meta.glob(['./ko.ts', './*.ko.ts'], { eager: true }), 'ko');

describe('the catalogues', () => {
  it('have the same keys', () => {
    expect([...korean.keys()].sort()).toEqual([...english.keys()].sort());
  });

  it('use every value a text is given', () => {
    for (const [path, text] of english) {
      if (typeof text !== 'function') continue;
      const other = korean.get(path) as (...args: unknown[]) => string;
      const marks = Array.from({ length: text.length }, (_, i) => `§${i}§`);
      const inEnglish = (text as (...args: unknown[]) => string)(...marks);
      for (const mark of marks) {
        const used = inEnglish.includes(mark);
        if (used) expect(other(...marks), `${path} in Korean`).toContain(mark);
      }
    }
  });

  it('are not left empty', () => {
    for (const [path, text] of [...english, ...korean]) {
      if (path === 'failureMessages.answer') continue; // the server's own message is shown
      if (typeof text === 'string') expect(text.trim(), path).not.toBe('');
    }
  });

  it('translate the sentences', () => {
    const same = [...english].filter(([path, text]) => typeof text === 'string' && text === korean.get(path));
    // Names that stay as they are in every language.
    expect(same.map(([path]) => path).sort()).toEqual([
      'eks',
      'failureMessages.answer',
      'namespaceShort',
      'object.tabs.yaml',
      'overview.amounts.cpu',
      'usage.cpu',
    ]);
  });
});
