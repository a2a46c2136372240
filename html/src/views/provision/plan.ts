// A plan as it is looked through: what is dangerous first, the rest by kind of change, and values as text.
import type { Plan, PlanAction, PlanAttribute, PlanResource } from '../../api/provision';
import type { Tone } from '../../ui/sign';

/** From what can be lost to what cannot. */
export const ACTIONS: readonly PlanAction[] = [
  'replace',
  'delete',
  'update',
  'create',
  'import',
  'move',
  'forget',
  'read',
];

/** As Terraform writes them. */
export const SIGNS: Record<PlanAction, { sign: string; tone: Tone }> = {
  replace: { sign: '±', tone: 'bad' },
  delete: { sign: '−', tone: 'bad' },
  update: { sign: '~', tone: 'warn' },
  create: { sign: '+', tone: 'ok' },
  import: { sign: '←', tone: 'ok' },
  move: { sign: '→', tone: 'none' },
  forget: { sign: '×', tone: 'none' },
  read: { sign: '?', tone: 'none' },
};

export interface Branch {
  action: PlanAction;
  resources: PlanResource[];
}

function said(resource: PlanResource): string {
  const attributes = (resource.attributes ?? []).map(({ path, before, after, sensitive }) =>
    sensitive ? path : `${path} ${textOf(before)} ${textOf(after)}`,
  );
  return [resource.address, resource.reason ?? '', ...attributes].join('\n').toLowerCase();
}

/** What the filter leaves: every word must stand in the address or in an attribute; "" in actions means all. */
export function branchesOf(plan: Plan, filter: string, action: string): Branch[] {
  const words = filter
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '');
  const shown = plan.tree.filter((resource) => {
    if (action !== '' && resource.action !== action) return false;
    if (words.length === 0) return true;
    const text = said(resource);
    return words.every((word) => text.includes(word));
  });
  const blocked = new Set(plan.blocked ?? []);
  return ACTIONS.flatMap((each) => {
    const resources = shown
      .filter((resource) => resource.action === each)
      .sort(
        (a, b) =>
          Number(blocked.has(b.address)) - Number(blocked.has(a.address)) ||
          a.address.localeCompare(b.address),
      );
    return resources.length === 0 ? [] : [{ action: each, resources }];
  });
}

/** How many there are of each action, in the same order. */
export function countsOf(plan: Plan): { action: PlanAction; count: number }[] {
  return ACTIONS.map((action) => ({
    action,
    count: plan.tree.filter((resource) => resource.action === action).length,
  })).filter(({ count }) => count > 0);
}

/** A value as one text; an object as JSON. */
export function textOf(value: unknown): string {
  if (value === null || value === undefined) return '';
  if (typeof value === 'string') return value;
  return typeof value === 'object' ? JSON.stringify(value, null, 1).replace(/\n\s*/g, ' ') : String(value);
}

export type Side = 'hidden' | 'later' | 'nothing' | 'empty' | 'text';

/** What is to be shown in the place of a value. */
export function sideOf(attribute: PlanAttribute, which: 'before' | 'after'): Side {
  const value = attribute[which];
  if (which === 'after' && attribute.known === false) return 'later';
  if (value === null || value === undefined)
    return attribute.sensitive && which === 'after' ? 'hidden' : 'nothing';
  if (attribute.sensitive) return 'hidden';
  return value === '' ? 'empty' : 'text';
}

/** "aws_eks_cluster.this": what of it says which it is, apart from its type. */
export function nameIn({ address, type = '' }: PlanResource): {
  before: string;
  type: string;
  after: string;
} {
  const at = address.indexOf(`${type}.`);
  if (at < 0 || type === '') return { before: '', type: '', after: address };
  return { before: address.slice(0, at), type, after: address.slice(at + type.length) };
}
