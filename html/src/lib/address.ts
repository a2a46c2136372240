// An address as a row: a path with places in it, and the words of its query. One row both reads and writes it.

/** One value of a page's state, as the query says it; "" says nothing. */
interface Word<T> {
  key: string;
  read(text: string): T;
  write(value: T): string;
  /** Says nothing while nothing is open. */
  ofOpen: boolean;
}

const itself = (value: string) => value;

export function text(key: string): Word<string> {
  return { key, read: itself, write: itself, ofOpen: false };
}

/** Belongs to what is in the drawer, and goes with it. */
export function ofOpen(key: string): Word<string> {
  return { ...text(key), ofOpen: true };
}

export function words(key: string): Word<string[]> {
  const read = (value: string) => value.split(',').filter((word) => word !== '');
  return { key, read, write: (value) => value.join(','), ofOpen: false };
}

export function flag(key: string): Word<boolean> {
  return { key, read: (value) => value === '1', write: (on) => (on ? '1' : ''), ofOpen: false };
}

// biome-ignore lint/suspicious/noExplicitAny: a word of any type
type Words = Record<string, Word<any>>;

/** "/c/:cluster/eks/:part?": cluster, part. */
type Place<P extends string> = P extends `${infer First}/${infer Rest}`
  ? Place<First> | Place<Rest>
  : P extends `:${infer Name}?`
    ? Name
    : P extends `:${infer Name}`
      ? Name
      : never;

type Choices<P extends string> = { [K in Place<P>]?: readonly [string, ...string[]] };

type State<P extends string, Q extends Words, C extends Choices<P>> = {
  [K in Place<P> | keyof Q]: K extends keyof Q
    ? ReturnType<Q[K]['read']>
    : K extends keyof C
      ? C[K] extends readonly string[]
        ? C[K][number]
        : string
      : string;
};

export interface Address<S> {
  /** Nothing where the path is another page's. */
  read(parts: readonly string[], query: URLSearchParams): S | undefined;
  write(state: S): string;
  empty: S;
}

/** A place with choices is one of them; the first is the one that is not said. Only the last place may be left out. */
export function address<
  P extends string,
  Q extends Words = Record<never, never>,
  const C extends Choices<P> = Record<never, never>,
>(pattern: P, query?: Q, choices?: C): Address<State<P, Q, C>> {
  const segments = pattern.split('/').filter((segment) => segment !== '');
  const fields = Object.entries<Words[string]>(query ?? {});
  const nameOf = (segment: string) => segment.replace(/^:|\?$/g, '');
  const choicesOf = (name: string) => (choices as Record<string, readonly string[]> | undefined)?.[name];
  type Values = Record<string, unknown>;

  function read(parts: readonly string[], from: URLSearchParams): Values | undefined {
    if (parts.length > segments.length) return undefined;
    const state: Values = {};
    for (const [index, segment] of segments.entries()) {
      const part = parts[index];
      if (!segment.startsWith(':')) {
        if (part !== segment) return undefined;
        continue;
      }
      if (part === undefined && !segment.endsWith('?')) return undefined;
      const known = choicesOf(nameOf(segment));
      if (known && part !== undefined && !known.slice(1).includes(part)) return undefined;
      state[nameOf(segment)] = part ?? known?.[0] ?? '';
    }
    for (const [name, word] of fields) state[name] = word.read(from.get(word.key) ?? '');
    return state;
  }

  function write(state: Values): string {
    const path = segments
      .map((segment) => {
        if (!segment.startsWith(':')) return segment;
        const value = String(state[nameOf(segment)]);
        return value === choicesOf(nameOf(segment))?.[0] ? '' : encodeURIComponent(value);
      })
      .filter((segment) => segment !== '');
    const said = new URLSearchParams();
    for (const [name, word] of fields) {
      const value = word.ofOpen && state.open === '' ? '' : word.write(state[name]);
      if (value !== '') said.set(word.key, value);
    }
    // Commas and slashes are legal in a query and far easier to read as they are.
    const text = said.toString().replaceAll('%2C', ',').replaceAll('%2F', '/');
    return `/${path.join('/')}${text === '' ? '' : `?${text}`}`;
  }

  const places = segments.filter((segment) => segment.startsWith(':')).map(nameOf);
  const empty = {
    ...Object.fromEntries(places.map((name) => [name, choicesOf(name)?.[0] ?? ''])),
    ...Object.fromEntries(fields.map(([name, word]) => [name, word.read('')])),
  };
  return { read, write, empty } as unknown as Address<State<P, Q, C>>;
}
