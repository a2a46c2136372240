// What the user likes, kept in this browser only. Nothing here is secret and nothing here is needed to run.
import { type Signal, signal } from '@preact/signals';

export const COLOURS = ['grey', 'red', 'orange', 'yellow', 'green', 'teal', 'blue', 'violet'] as const;
export type Colour = (typeof COLOURS)[number];
export type Theme = 'system' | 'light' | 'dark';
export type Density = 'dense' | 'normal' | 'roomy';
export type Language = 'en' | 'ko';

const PREFIX = 'eksgate.';

function read(key: string): unknown {
  try {
    const text = localStorage.getItem(PREFIX + key);
    return text === null ? undefined : JSON.parse(text);
  } catch {
    return undefined; // storage may be switched off, or hold what another version wrote
  }
}

/** A signal that survives reloads and follows changes made in other tabs. */
export function stored<T>(key: string, fallback: T, valid: (value: unknown) => value is T): Signal<T> {
  const saved = read(key);
  const value = signal<T>(valid(saved) ? saved : fallback);
  value.subscribe((now) => {
    try {
      if (now === fallback) localStorage.removeItem(PREFIX + key);
      else localStorage.setItem(PREFIX + key, JSON.stringify(now));
    } catch {
      // A full or forbidden storage costs the preference, not the page.
    }
  });
  globalThis.addEventListener?.('storage', (event) => {
    if (event.key !== PREFIX + key) return;
    const other = read(key);
    value.value = valid(other) ? other : fallback;
  });
  return value;
}

function oneOf<T extends string>(...words: readonly T[]) {
  return (value: unknown): value is T => words.includes(value as T);
}

function isStrings(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}

function isRecord<T>(item: (value: unknown) => value is T) {
  return (value: unknown): value is Record<string, T> =>
    typeof value === 'object' && value !== null && !Array.isArray(value) && Object.values(value).every(item);
}

const isString = (value: unknown): value is string => typeof value === 'string';
const NO_STRINGS: string[] = [];

export const theme = stored<Theme>('theme', 'system', oneOf('system', 'light', 'dark'));
export const density = stored<Density>('density', 'normal', oneOf('dense', 'normal', 'roomy'));
export const language = stored<Language | 'system'>('language', 'system', oneOf('system', 'en', 'ko'));
export const favourites = stored<string[]>('favourites', NO_STRINGS, isStrings);
export const colours = stored<Record<string, Colour>>('colours', {}, isRecord(oneOf(...COLOURS)));
export const lastKinds = stored<Record<string, string>>('kinds', {}, isRecord(isString));
export const lastNamespaces = stored<Record<string, string[]>>('namespaces', {}, isRecord(isStrings));
/** Columns shown or hidden against their default, per kind. */
export const columnChoices = stored<Record<string, string[]>>('columns', {}, isRecord(isStrings));
export const lastRegion = stored<string>('region', '', isString);

export function toggleFavourite(id: string): void {
  const now = favourites.value;
  favourites.value = now.includes(id) ? now.filter((other) => other !== id) : [...now, id];
}

export function colourOf(id: string): Colour {
  return colours.value[id] ?? 'grey';
}

export function setColour(id: string, colour: Colour): void {
  colours.value = { ...colours.value, [id]: colour };
}

/** True while a cluster is called production and nobody has chosen its colour yet. */
export function offersRed(id: string, name: string): boolean {
  return /(^|[^a-z])prod/i.test(name) && colours.value[id] === undefined;
}
