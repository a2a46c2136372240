// Field by field, what is different between two objects.
//
// Items of a list are matched by what identifies them (a name, a port), as the API server does, so that an item put in
// front does not look like a change of all.

/** One step into an object: a key, or the item of a list with the place it has in it. */
export type Step = { key: string } | { index: number; id: string };

export interface Change {
  path: string;
  steps: Step[];
  kind: 'added' | 'changed' | 'removed';
  before?: unknown;
  after?: unknown;
}

type Json = Record<string, unknown>;

/** What names an item in the lists of the API; the first that all items of a list have. */
const IDENTITIES: readonly (readonly string[])[] = [
  ['name'],
  ['key', 'operator', 'effect'],
  ['containerPort', 'protocol'],
  ['port', 'protocol'],
  ['mountPath'],
  ['type'],
  ['uid'],
  ['ip'],
];

/** Bookkeeping of the API server, and what is not edited. */
const OWN = new Set([
  'managedFields',
  'resourceVersion',
  'generation',
  'uid',
  'creationTimestamp',
  'selfLink',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
]);

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function idBy(item: unknown, keys: readonly string[]): string | undefined {
  if (!isObject(item) || item[keys[0] ?? ''] === undefined) return undefined;
  return keys.flatMap((key) => (item[key] === undefined ? [] : [`${key}=${String(item[key])}`])).join(',');
}

/** How the items of two lists are told apart; undefined when only their places do. */
function identityOf(lists: readonly unknown[][]): readonly string[] | undefined {
  return IDENTITIES.find((keys) =>
    lists.every((items) => {
      const ids = items.map((item) => idBy(item, keys));
      return ids.every((id) => id !== undefined) && new Set(ids).size === ids.length;
    }),
  );
}

export function pathOf(steps: readonly Step[]): string {
  return steps
    .map((step) => {
      if ('id' in step) return `[${step.id}]`;
      return /^[A-Za-z0-9_-]+$/.test(step.key) ? `.${step.key}` : `["${step.key}"]`;
    })
    .join('')
    .replace(/^\./, '');
}

/** Where a value stands in JSON, for a patch. */
export function pointerOf(steps: readonly Step[]): string {
  return steps
    .map((step) =>
      'id' in step ? `/${step.index}` : `/${step.key.replaceAll('~', '~0').replaceAll('/', '~1')}`,
    )
    .join('');
}

/** A whole part that is there on one side only is one change. */
function walk(before: unknown, after: unknown, steps: Step[], out: Change[]): void {
  if (before === after) return;
  if (isObject(before) && isObject(after)) {
    for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
      if (steps.length === 0 && key === 'status') continue;
      const [top] = steps;
      if (steps.length === 1 && top && 'key' in top && top.key === 'metadata' && OWN.has(key)) continue;
      walk(before[key], after[key], [...steps, { key }], out);
    }
    return;
  }
  if (Array.isArray(before) && Array.isArray(after)) {
    const keys = identityOf([before, after]);
    const idOf = (item: unknown, index: number) => (keys && idBy(item, keys)) ?? String(index);
    const old = new Map(before.map((item, index) => [idOf(item, index), { item, index }]));
    const now = new Map(after.map((item, index) => [idOf(item, index), { item, index }]));
    for (const id of new Set([...old.keys(), ...now.keys()])) {
      const index = (now.get(id) ?? old.get(id))?.index ?? 0;
      walk(old.get(id)?.item, now.get(id)?.item, [...steps, { index, id }], out);
    }
    return;
  }
  if (before !== undefined && after !== undefined && JSON.stringify(before) === JSON.stringify(after)) return;
  const kind = before === undefined ? 'added' : after === undefined ? 'removed' : 'changed';
  out.push({ path: pathOf(steps), steps, kind, before, after });
}

export function diffObjects(before: unknown, after: unknown): Change[] {
  const out: Change[] = [];
  walk(before, after, [], out);
  return out;
}

/** The value at a place, items found by what identifies them; with the steps as they are in this object. */
export function find(object: unknown, steps: readonly Step[]): { value: unknown; steps: Step[] } | undefined {
  let value = object;
  const own: Step[] = [];
  for (const step of steps) {
    if ('key' in step) {
      if (!isObject(value) || value[step.key] === undefined) return undefined;
      value = value[step.key];
      own.push(step);
    } else {
      if (!Array.isArray(value)) return undefined;
      const keys = step.id.includes('=')
        ? step.id.split(',').map((part) => part.slice(0, part.indexOf('=')))
        : undefined;
      const index = keys ? value.findIndex((item) => idBy(item, keys) === step.id) : step.index;
      if (index < 0 || value[index] === undefined) return undefined;
      value = value[index];
      own.push({ index, id: step.id });
    }
  }
  return { value, steps: own };
}

/**
 * What was taken out of the text and is there all the same: server-side apply leaves alone what others own too.
 * The steps are those in the object as it would be.
 */
export function leftBehind(text: unknown, edited: unknown, result: unknown): Change[] {
  return diffObjects(text, edited)
    .filter((change) => change.kind === 'removed')
    .flatMap((change) => {
      const there = find(result, change.steps);
      return there ? [{ ...change, steps: there.steps, before: there.value }] : [];
    });
}

const numbered = new Intl.Collator('en', { numeric: true });

/** Operations that take these out, of a list the last first, so that the places of the others stay true. */
export function removals(changes: readonly Change[], object: unknown): { op: 'remove'; path: string }[] {
  return changes
    .flatMap((change) => {
      const there = find(object, change.steps);
      return there ? [pointerOf(there.steps)] : [];
    })
    .sort((a, b) => numbered.compare(b, a))
    .map((path) => ({ op: 'remove' as const, path }));
}
