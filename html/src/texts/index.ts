// The catalogue in use. English comes with the page, Korean is fetched when it is wanted.
import { computed, effect, signal } from '@preact/signals';
import { language } from '../lib/prefs';
import { en } from './en';

export type Loose<T> = T extends string
  ? string
  : T extends (...args: infer A) => string
    ? (...args: A) => string
    : T extends readonly string[]
      ? string[]
      : { [K in keyof T]: Loose<T[K]> };

/** Same keys, same places for values, other words. */
export type Catalogue = Loose<typeof en>;

const catalogue = signal<Catalogue>(en);

const wanted = computed<'en' | 'ko'>(() => {
  if (language.value !== 'system') return language.value;
  const first = (navigator.languages ?? [navigator.language]).find((name) => /^(en|ko)\b/i.test(name));
  return first?.toLowerCase().startsWith('ko') ? 'ko' : 'en';
});

/** The texts; reading them in a component makes it follow the language. */
export function t(): Catalogue {
  return catalogue.value;
}

/** A catalogue that comes with a page of its own. */
export function part<T>(english: T, korean: T): () => T {
  return () => (catalogue.value === en ? english : korean);
}

export function locale(): string {
  return catalogue.value === en ? 'en-GB' : 'ko-KR';
}

/** Resolves when the first language is there; switching later needs no reload. */
export function startTexts(): Promise<void> {
  return new Promise((resolve) => {
    effect(() => {
      const name = wanted.value;
      document.documentElement.lang = name;
      const ready = name === 'en' ? Promise.resolve(en) : import('./ko').then((module) => module.ko);
      ready
        .then((texts) => {
          if (wanted.peek() === name) catalogue.value = texts;
        })
        .finally(resolve);
    });
  });
}

export { adviceFor } from './advice';
