// The parts of a cluster that AWS knows: what each is called, what it needs, and how its objects are read. One table
// and one drawer show them all.
import type { EksIssue, EksObject, EksPart } from '../../api/types';
import { type Mark, markOf, SEVERITY } from '../../kinds/health';
import { eks } from '../../texts/eks';

export type PartId = keyof ReturnType<typeof eks>['parts'];
export type ColumnId = keyof ReturnType<typeof eks>['columns'];

/** One object of any part, as the table and the list of faults want it. */
export interface Item {
  name: string;
  /** Undefined for what has no state of its own. */
  status: { mark: Mark; word: string } | undefined;
  issues: EksIssue[];
  /** Milliseconds; of what has happened rather than been made, when. */
  time: number | undefined;
  object: EksObject;
}

export interface PartColumn {
  id: ColumnId;
  numeric?: boolean;
  prose?: boolean;
  text(object: EksObject): string;
}

export interface Part {
  id: PartId;
  /** The list's own name in the answer. */
  list: string;
  rights: string;
  name(object: EksObject): string;
  status?(object: EksObject): string;
  issues?(object: EksObject): EksIssue[];
  time?: string;
  /** Its time says when it came about, not since when it is there. */
  happens?: boolean;
  columns: PartColumn[];
}

const text = (value: unknown) => (value === undefined || value === null ? '' : String(value));
const words = (value: unknown) => (Array.isArray(value) ? value.map(text).join(', ') : '');
const inside = (value: unknown): EksObject =>
  typeof value === 'object' && value !== null ? (value as EksObject) : {};
const objects = (value: unknown): EksObject[] => (Array.isArray(value) ? value.map(inside) : []);
const field = (name: string) => (object: EksObject) => text(object[name]);
const status = field('status');
const healthIssues = (object: EksObject) => objects(inside(object.health).issues) as EksIssue[];

/** "AmazonEKSViewPolicy" of arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy. */
export function shortArn(arn: string): string {
  return arn.slice(arn.lastIndexOf('/') + 1);
}

/** The policies of an access entry, each with where it holds. */
export function policiesOf(entry: EksObject): string[] {
  return objects(entry.associatedAccessPolicies).map((policy) => {
    const name = shortArn(text(policy.policyArn)).replace(/^AmazonEKS(.+)Policy$/, '$1');
    const scope = inside(policy.accessScope);
    return scope.type === 'namespace' ? eks().inNamespaces(name, words(scope.namespaces)) : name;
  });
}

export const PARTS: readonly Part[] = [
  {
    id: 'nodegroups',
    list: 'nodegroups',
    rights: 'eks:ListNodegroups, eks:DescribeNodegroup',
    name: field('nodegroupName'),
    status,
    issues: healthIssues,
    time: 'createdAt',
    columns: [
      { id: 'version', text: field('version') },
      {
        id: 'nodes',
        numeric: true,
        text: ({ scalingConfig }) => {
          const { desiredSize, minSize, maxSize } = inside(scalingConfig);
          if (desiredSize === undefined) return '';
          return eks().nodes(Number(desiredSize), Number(minSize ?? 0), Number(maxSize ?? 0));
        },
      },
      { id: 'instances', text: ({ instanceTypes }) => words(instanceTypes) },
      { id: 'capacity', text: field('capacityType') },
      { id: 'ami', text: field('amiType') },
    ],
  },
  {
    id: 'addons',
    list: 'addons',
    rights: 'eks:ListAddons, eks:DescribeAddon',
    name: field('addonName'),
    status,
    issues: healthIssues,
    time: 'createdAt',
    columns: [
      { id: 'version', text: field('addonVersion') },
      { id: 'role', text: ({ serviceAccountRoleArn }) => shortArn(text(serviceAccountRoleArn)) },
    ],
  },
  {
    id: 'fargate-profiles',
    list: 'fargateProfiles',
    rights: 'eks:ListFargateProfiles, eks:DescribeFargateProfile',
    name: field('fargateProfileName'),
    status,
    issues: healthIssues,
    time: 'createdAt',
    columns: [
      {
        id: 'namespaces',
        text: ({ selectors }) =>
          objects(selectors)
            .map(({ namespace }) => text(namespace))
            .join(', '),
      },
      { id: 'role', text: ({ podExecutionRoleArn }) => shortArn(text(podExecutionRoleArn)) },
    ],
  },
  {
    id: 'access-entries',
    list: 'accessEntries',
    rights: 'eks:ListAccessEntries, eks:DescribeAccessEntry, eks:ListAssociatedAccessPolicies',
    name: field('principalArn'),
    time: 'createdAt',
    columns: [
      { id: 'policies', text: (entry) => policiesOf(entry).join(', ') },
      { id: 'groups', text: ({ kubernetesGroups }) => words(kubernetesGroups) },
      { id: 'type', text: field('type') },
      { id: 'user', text: field('username') },
    ],
  },
  {
    id: 'insights',
    list: 'insights',
    rights: 'eks:ListInsights, eks:DescribeInsight',
    name: field('name'),
    status: ({ insightStatus }) => text(inside(insightStatus).status),
    issues: ({ insightStatus }) => {
      const { status: word, reason } = inside(insightStatus);
      return word === 'PASSING' || !reason ? [] : [{ message: text(reason) }];
    },
    time: 'lastTransitionTime',
    happens: true,
    columns: [
      { id: 'version', text: field('kubernetesVersion') },
      { id: 'category', text: field('category') },
    ],
  },
  {
    id: 'updates',
    list: 'updates',
    rights: 'eks:ListUpdates, eks:DescribeUpdate',
    name: field('id'),
    status,
    issues: ({ errors }) =>
      objects(errors).map(({ errorCode, errorMessage, resourceIds }) => ({
        code: text(errorCode),
        message: text(errorMessage),
        resourceIds: Array.isArray(resourceIds) ? resourceIds.map(text) : [],
      })),
    time: 'createdAt',
    happens: true,
    columns: [
      { id: 'type', text: field('type') },
      {
        id: 'changes',
        text: ({ params }) =>
          objects(params)
            .map(({ type, value }) => `${text(type)}=${text(value)}`)
            .join(', '),
      },
    ],
  },
  {
    id: 'pod-identity-associations',
    list: 'associations',
    rights: 'eks:ListPodIdentityAssociations, eks:DescribePodIdentityAssociation',
    name: ({ namespace, serviceAccount }) => `${text(namespace)}/${text(serviceAccount)}`,
    time: 'createdAt',
    columns: [{ id: 'role', text: ({ roleArn }) => text(roleArn) }],
  },
];

export function partOf(id: string): Part | undefined {
  return PARTS.find((part) => part.id === id);
}

/** AWS writes times as seconds, some of its lists as text. */
export function timeOf(value: unknown): number | undefined {
  const ms = typeof value === 'number' ? value * 1000 : Date.parse(text(value));
  return Number.isNaN(ms) ? undefined : ms;
}

/** What is wrong comes first, then the rest by name; what has happened by time. */
export function itemsOf(part: Part, answer: EksPart): Item[] {
  const items = objects(answer[part.list]).map((object): Item => {
    const issues = part.issues?.(object) ?? [];
    const word = part.status?.(object);
    // An add-on can be ACTIVE and have issues: it works, but not as it should.
    const mark = word === undefined ? 'unknown' : issues.length > 0 ? worse(markOf(word)) : markOf(word);
    return {
      name: part.name(object),
      status: word === undefined ? undefined : { mark, word },
      issues,
      time: part.time === undefined ? undefined : timeOf(object[part.time]),
      object,
    };
  });
  const byTime = part.id === 'updates';
  return items.sort(
    (a, b) =>
      severity(a) - severity(b) ||
      // ERROR before WARNING, and the same words together.
      (a.status?.word ?? '').localeCompare(b.status?.word ?? '') ||
      (byTime ? (b.time ?? 0) - (a.time ?? 0) : a.name.localeCompare(b.name, 'en', { numeric: true })),
  );
}

function worse(mark: Mark): Mark {
  return mark === 'ok' ? 'bad' : mark;
}

function severity(item: Item): number {
  return item.status ? SEVERITY[item.status.mark] : 0;
}

/** An old failure that a later update of the same kind has mended is history, not a fault. */
export function faultsOf(part: Part, items: readonly Item[]): Item[] {
  const bad = items.filter((item) => item.status?.mark === 'bad');
  if (part.id !== 'updates') return bad;
  return bad.filter(
    (item) =>
      !items.some(
        (other) =>
          other.status?.mark === 'ok' &&
          other.object.type === item.object.type &&
          (other.time ?? 0) > (item.time ?? 0),
      ),
  );
}

/** What an issue says, as one line. */
export function issueText({ code, message }: EksIssue): string {
  return code && message ? `${code}: ${message}` : (code ?? message ?? '');
}
