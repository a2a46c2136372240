// An order while it is written: what is typed, what that makes, and what is wrong with it. The rules are those of the
// gateway, so that it seldom has to say them itself.
import type { Order } from '../../api/provision';
import { provisioning } from '../../texts/provision';

export interface Pair {
  /** Tells rows apart while others come and go. */
  id: number;
  name: string;
  value: string;
}

/** Fields that are typed or chosen, by the names of the request. */
export const TEXTS = [
  'cluster_name',
  'kubernetes_version',
  'region',
  'environment',
  'ip_family',
  'role_arn',
  'external_id',
  'vpc_id',
  'subnet_ids',
  'vpc_cidr',
  'zones',
  'cluster_role',
  'node_role',
  'admin_principal_arn',
  'instance_type',
  'first_instance_type',
  'first_node_count',
  'capacity_type',
  'node_min',
  'node_desired',
  'node_max',
  'support_type',
  'public_access_cidrs',
  'allow_replace',
] as const;
export type TextName = (typeof TEXTS)[number];

export const SWITCHES = [
  'private_endpoint_only',
  'encrypt_secrets',
  'ignore_desired_size',
  'deletion_protection',
  'require_approval',
] as const;
export type SwitchName = (typeof SWITCHES)[number];

/** What there is any number of, each with a name. */
export const PAIRS = ['addons', 'pod_identity', 'tags'] as const;
export type PairsName = (typeof PAIRS)[number];

export type Draft = Record<TextName, string> &
  Record<SwitchName, boolean> &
  Record<PairsName, Pair[]> & {
    /** Whether the cluster gets a network of its own, or subnets that are there. */
    network: 'own' | 'given';
    /** What the form has no field for, sent as it was. */
    rest: Partial<Order>;
  };

/** What is wrong, by field; of a row "tags[2].name", of a line "subnet_ids". */
export type Wrong = Partial<Record<string, string>>;

/** What AWS offers, as far as that is known. */
export interface Offered {
  versions: readonly string[];
  regions: readonly string[];
  types: readonly string[];
  /** The versions of each add-on that there are for the Kubernetes that is chosen. */
  addons: ReadonlyMap<string, readonly string[]>;
}

/** Nothing is known of what AWS offers. */
export const ANYTHING: Offered = { versions: [], regions: [], types: [], addons: new Map() };

const LISTS: readonly TextName[] = ['subnet_ids', 'public_access_cidrs', 'allow_replace'];
const NUMBERS: readonly TextName[] = ['zones', 'first_node_count', 'node_min', 'node_desired', 'node_max'];
/** Only of a network of its own, and only of one that is there. */
const OF_NETWORK: Record<Draft['network'], readonly TextName[]> = {
  own: ['vpc_cidr', 'zones'],
  given: ['vpc_id', 'subnet_ids'],
};

let ids = 0;

export function pair(name = '', value = ''): Pair {
  return { id: ++ids, name, value };
}

function typed(value: unknown): string {
  if (value === null || value === undefined) return '';
  return Array.isArray(value) ? value.join('\n') : String(value);
}

const pairsOf = (of: Record<string, string> | undefined) =>
  Object.entries(of ?? {}).map(([name, value]) => pair(name, value));

export function draftOf(order: Partial<Order>): Draft {
  const known = new Set<string>([...TEXTS, ...SWITCHES, ...PAIRS]);
  const said = Object.entries(order) as [keyof Order, never][];
  return {
    ...(Object.fromEntries(TEXTS.map((name) => [name, typed(order[name])])) as Record<TextName, string>),
    ...(Object.fromEntries(SWITCHES.map((name) => [name, order[name] === true])) as Record<
      SwitchName,
      boolean
    >),
    network: order.vpc_id || (order.subnet_ids?.length ?? 0) > 0 ? 'given' : 'own',
    addons: pairsOf(order.addons),
    pod_identity: pairsOf(order.pod_identity),
    tags: pairsOf(order.tags),
    rest: Object.fromEntries(said.filter(([name]) => !known.has(name))),
  };
}

export function linesOf(text: string): string[] {
  return text.split(/[\s,]+/).filter((line) => line !== '');
}

/** The request's body: what was left empty is not said. */
export function orderOf(draft: Draft): Order {
  const out: Record<string, unknown> = { ...draft.rest };
  const other = OF_NETWORK[draft.network === 'own' ? 'given' : 'own'];
  for (const name of TEXTS) {
    const text = draft[name].trim();
    if (text === '' || other.includes(name)) continue;
    if (LISTS.includes(name)) out[name] = linesOf(text);
    else out[name] = NUMBERS.includes(name) ? Number(text) : text;
  }
  for (const name of SWITCHES) out[name] = draft[name];
  if (draft.private_endpoint_only) delete out.public_access_cidrs;
  for (const name of PAIRS)
    out[name] = Object.fromEntries(draft[name].map((each) => [each.name.trim(), each.value.trim()]));
  return out as unknown as Order;
}

const NAME = /^[a-z0-9]([a-z0-9-]{0,98}[a-z0-9])?$/;
const VERSION = /^1\.(2[5-9]|[3-9][0-9])$/;
const TYPE =
  /^[a-z][a-z0-9]{0,9}(-[a-z0-9]{1,10}){0,2}\.(nano|micro|small|medium|large|xlarge|[1-9][0-9]{0,2}xlarge|metal|metal-[1-9][0-9]{0,2}xl)$/;
const REGION = /^[a-z]{2}(-[a-z]+)+-[1-9]$/;
const ROLE_ARN = /^arn:aws[a-z-]*:iam::\d{12}:role\/[\w+=,.@/-]{1,512}$/;
const PRINCIPAL = /^arn:aws[a-z-]*:iam::\d{12}:(role|user)\/[\w+=,.@/-]{1,512}$/;
const ROLE = /^[\w+=,.@-]{1,64}$/;
const EXTERNAL_ID = /^[\w+=,.@:/-]{2,1224}$/;
const VPC = /^vpc-([0-9a-f]{8}|[0-9a-f]{17})$/;
const SUBNET = /^subnet-([0-9a-f]{8}|[0-9a-f]{17})$/;
const ADDON = /^[a-z]([a-z0-9_-]{0,61}[a-z0-9_])?$/;
const ADDON_VERSION = /^v\d[A-Za-z0-9.-]{0,61}$/;
const ACCOUNT = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\/[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/;
const TAG = /^[A-Za-z0-9 _.:/=+@-]*$/;
const RESERVED_TAG = /^(aws:|eksgate\/|kubernetes\.io\/|k8s\.io\/)/i;
const ENVIRONMENT = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$/;
const ADDRESS = /^[a-z][\w.[\]"-]{0,255}$/;
const PRIVATE = /^(10\.|172\.(1[6-9]|2\d|3[01])\.|192\.168\.|100\.(6[4-9]|[7-9]\d|1[01]\d|12[0-7])\.)/;

/** "10.60.0.0/16": four octets, a prefix within bounds, and nothing beyond the prefix. */
export function isCidr(text: string, least = 0, most = 32): boolean {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\/(\d{1,2})$/.exec(text);
  if (!match) return false;
  const [a = 0, b = 0, c = 0, d = 0, bits = 0] = match.slice(1).map(Number);
  if (Math.max(a, b, c, d) > 255 || bits < least || bits > most) return false;
  const address = a * 2 ** 24 + b * 2 ** 16 + c * 2 ** 8 + d;
  return address % 2 ** (32 - bits) === 0;
}

/** IPv6 is looked at no closer: the gateway does that. */
function isNetwork(text: string): boolean {
  return text.includes(':') ? /^[0-9a-f:.]{2,45}\/\d{1,3}$/i.test(text) : isCidr(text);
}

function isWhole(text: string): boolean {
  return /^\d{1,4}$/.test(text);
}

type Rule = (value: string, draft: Draft, offered: Offered) => string | undefined;

const texts = () => provisioning().wrong;
const shaped =
  (pattern: RegExp, message: () => string): Rule =>
  (value) =>
    value === '' || pattern.test(value) ? undefined : message();
const needed: Rule = (value) => (value === '' ? texts().needed : undefined);
const among =
  (list: 'versions' | 'regions' | 'types', message: (value: string) => string): Rule =>
  (value, _, offered) =>
    value === '' || offered[list].length === 0 || offered[list].includes(value) ? undefined : message(value);
const type: Rule[] = [shaped(TYPE, () => texts().type), among('types', (value) => texts().typeAbsent(value))];
const whole =
  (least: number, most: number): Rule =>
  (value) =>
    value === '' || (isWhole(value) && Number(value) >= least && Number(value) <= most)
      ? undefined
      : texts().between(least, most);

/** The most nodes that a managed node group may have. */
const NODES = 450;

const inOrder: Rule = (_, draft) => {
  const [min, desired, max] = [draft.node_min, draft.node_desired, draft.node_max].map(Number);
  if (![draft.node_min, draft.node_desired, draft.node_max].every(isWhole)) return undefined;
  return (min ?? 0) <= (desired ?? 0) && (desired ?? 0) <= (max ?? 0) ? undefined : texts().nodeOrder;
};

const RULES: Partial<Record<TextName, readonly Rule[]>> = {
  cluster_name: [needed, shaped(NAME, () => texts().name)],
  kubernetes_version: [
    shaped(VERSION, () => texts().version),
    among('versions', (value) => texts().versionAbsent(value)),
  ],
  region: [shaped(REGION, () => texts().region), among('regions', (value) => texts().regionAbsent(value))],
  environment: [shaped(ENVIRONMENT, () => texts().environment)],
  role_arn: [shaped(ROLE_ARN, () => texts().roleArn)],
  external_id: [
    shaped(EXTERNAL_ID, () => texts().externalId),
    (value, draft) => (value !== '' && draft.role_arn.trim() === '' ? texts().externalAlone : undefined),
  ],
  vpc_id: [needed, shaped(VPC, () => texts().vpc)],
  subnet_ids: [
    (value) => {
      const lines = linesOf(value);
      const odd = lines.find((line) => !SUBNET.test(line));
      if (odd !== undefined) return texts().subnet(odd);
      if (new Set(lines).size < 2) return texts().subnets;
      return new Set(lines).size < lines.length ? texts().twice : undefined;
    },
  ],
  vpc_cidr: [
    (value) =>
      value === '' || (isCidr(value, 16, 24) && PRIVATE.test(value)) ? undefined : texts().cidr(16, 24),
  ],
  zones: [whole(2, 3)],
  cluster_role: [shaped(ROLE, () => texts().role)],
  node_role: [shaped(ROLE, () => texts().role)],
  admin_principal_arn: [shaped(PRINCIPAL, () => texts().principal)],
  instance_type: type,
  first_instance_type: type,
  first_node_count: [whole(1, NODES)],
  node_min: [whole(0, NODES)],
  node_desired: [whole(0, NODES), inOrder],
  node_max: [whole(1, NODES)],
  public_access_cidrs: [
    (value) => {
      const odd = linesOf(value).find((line) => !isNetwork(line));
      return odd === undefined ? undefined : texts().cidrOdd(odd);
    },
  ],
  allow_replace: [
    (value) => {
      const odd = linesOf(value).find((line) => !ADDRESS.test(line) || !line.includes('.'));
      return odd === undefined ? undefined : texts().address(odd);
    },
  ],
};

export function wrongWith(draft: Draft, offered: Offered): Wrong {
  const out: Wrong = {};
  const skipped = [
    ...OF_NETWORK[draft.network === 'own' ? 'given' : 'own'],
    ...(draft.private_endpoint_only ? ['public_access_cidrs'] : []),
  ];
  for (const [name, rules] of Object.entries(RULES) as [TextName, readonly Rule[]][]) {
    if (skipped.includes(name)) continue;
    const value = draft[name].trim();
    const message = rules.map((rule) => rule(value, draft, offered)).find((said) => said !== undefined);
    if (message !== undefined) out[name] = message;
  }
  pairsWrong('addons', draft.addons, out, (name, value) => {
    if (!ADDON.test(name)) return { name: texts().addon };
    if (value !== '' && !ADDON_VERSION.test(value)) return { value: texts().addonVersion };
    const versions = offered.addons.get(name);
    return value === '' || !versions || versions.includes(value)
      ? undefined
      : { value: texts().addonVersionAbsent(draft.kubernetes_version.trim()) };
  });
  pairsWrong('pod_identity', draft.pod_identity, out, (name, value) => {
    if (!ACCOUNT.test(name)) return { name: texts().account };
    return ROLE_ARN.test(value) ? undefined : { value: texts().roleArn };
  });
  pairsWrong('tags', draft.tags, out, (name, value) => {
    if (!TAG.test(name) || name.length > 128 || RESERVED_TAG.test(name)) return { name: texts().tag };
    return TAG.test(value) && value.length <= 256 ? undefined : { value: texts().tagValue };
  });
  return out;
}

function pairsWrong(
  field: PairsName,
  pairs: readonly Pair[],
  out: Wrong,
  check: (name: string, value: string) => { name?: string; value?: string } | undefined,
): void {
  const names = pairs.map(({ name }) => name.trim());
  pairs.forEach(({ value }, index) => {
    const name = names[index] ?? '';
    const at = `${field}[${index}]`;
    if (name === '') out[`${at}.name`] = texts().needed;
    else if (names.indexOf(name) !== index) out[`${at}.name`] = texts().twice;
    else {
      const wrong = check(name, value.trim());
      if (wrong?.name) out[`${at}.name`] = wrong.name;
      if (wrong?.value) out[`${at}.value`] = wrong.value;
    }
  });
}

/** Where on the form what the gateway says of a field belongs; "" for a field that the form has not. */
export function placeOf(field: string, draft: Draft): string {
  const [, root = '', rest = ''] = /^(\w+)(?:[.[](.*))?$/s.exec(field) ?? [];
  const pairs = PAIRS.find((each) => each === root);
  if (pairs) {
    const name = rest.replace(/\]$/, '').replace(/^"|"$/g, '');
    const index = draft[pairs].findIndex((each) => each.name.trim() === name);
    return index < 0 ? root : `${root}[${index}].value`; // its name has been looked at here
  }
  return ([...TEXTS, ...SWITCHES] as string[]).includes(root) ? root : '';
}

/** What the estimate depends on, as its query. */
const PRICED: readonly (TextName | SwitchName)[] = [
  'region',
  'kubernetes_version',
  'instance_type',
  'first_instance_type',
  'first_node_count',
  'node_desired',
  'capacity_type',
  'support_type',
  'encrypt_secrets',
];

export function priceQuery(draft: Draft): Record<string, string> {
  const order = orderOf(draft) as unknown as Record<string, unknown>;
  const said = PRICED.filter((name) => order[name] !== undefined);
  return {
    ...Object.fromEntries(said.map((name) => [name, String(order[name])])),
    own_vpc: String(draft.network === 'own'),
  };
}
