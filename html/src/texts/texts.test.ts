import { describe, expect, it } from 'vitest';
import { en as connectEn } from './connect.en';
import { ko as connectKo } from './connect.ko';
import { en as editEn } from './edit.en';
import { ko as editKo } from './edit.ko';
import { en as eksEn } from './eks.en';
import { ko as eksKo } from './eks.ko';
import { en } from './en';
import { en as hooksEn } from './hooks.en';
import { ko as hooksKo } from './hooks.ko';
import { en as jobsEn } from './jobs.en';
import { ko as jobsKo } from './jobs.ko';
import { ko } from './ko';
import { en as objectEn } from './object.en';
import { ko as objectKo } from './object.ko';
import { en as signinEn } from './signin.en';
import { ko as signinKo } from './signin.ko';

type Node = string | string[] | ((...args: never[]) => string) | { [key: string]: Node };

function walk(node: Node, path: string, out: Map<string, Node>): Map<string, Node> {
  if (typeof node === 'object' && !Array.isArray(node)) {
    for (const [key, value] of Object.entries(node)) walk(value, path === '' ? key : `${path}.${key}`, out);
  } else {
    out.set(path, node);
  }
  return out;
}

const english = walk(
  {
    ...en,
    connect: connectEn,
    edit: editEn,
    eksPage: eksEn,
    hooks: hooksEn,
    jobs: jobsEn,
    object: objectEn,
    signin: signinEn,
  } as Node,
  '',
  new Map(),
);
const korean = walk(
  {
    ...ko,
    connect: connectKo,
    edit: editKo,
    eksPage: eksKo,
    hooks: hooksKo,
    jobs: jobsKo,
    object: objectKo,
    signin: signinKo,
  } as Node,
  '',
  new Map(),
);

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
    ]);
  });
});
