// The URL is the state: this module reads it, writes it, and nothing else keeps a copy.
import { computed, signal } from '@preact/signals';
import { type Address, address, flag, ofOpen, text, words } from './lib/address';

const LIST = { filter: text('q'), sort: text('sort'), open: text('open'), tab: ofOpen('tab') };
const STORE = { filter: text('q'), open: text('open'), version: ofOpen('version'), tab: ofOpen('tab') };

/** Every page by its address; what the page is and where links to it stand says pages.ts. The first that fits is meant. */
const ADDRESSES = {
  clusters: address('/'),
  kubeconfig: address('/connect/kubeconfig'),
  connect: address('/connect', { name: text('name'), region: text('region') }),
  discover: address('/discover', { regions: words('region') }),
  // Job templates and webhooks belong to the gateway and not to a cluster.
  'template-new': address('/templates/new'),
  templates: address('/templates', STORE),
  'webhook-new': address('/webhooks/new'),
  webhooks: address('/webhooks', STORE),
  // Clusters that the gateway makes, whether or not they are connected.
  provision: address('/provision', { filter: text('q'), sort: text('sort') }),
  'provision-new': address('/provision/new', { from: text('from') }), // a cluster to be like
  provisioned: address(
    '/provision/clusters/:name/:part?',
    {},
    { part: ['overview', 'runs', 'upgrade', 'change', 'order'] },
  ),
  'provision-run': address(
    '/provision/clusters/:name/runs/:run/:part?',
    {
      filter: text('q'), // of the plan
      action: text('action'), // "create", …: only those of the plan
      opened: words('in'), // resources of the plan that are open, or with "all" those that are not
      all: flag('all'),
    },
    { part: ['status', 'plan', 'log', 'facts'] }, // "status": what is wanted first
  ),
  // These stand where a kind does; no kind of Kubernetes is called so.
  overview: address('/c/:cluster/overview'),
  eks: address('/c/:cluster/eks/:part?', LIST),
  new: address('/c/:cluster/new', { namespace: text('ns') }),
  'job-new': address('/c/:cluster/new-job', {
    namespace: text('ns'),
    from: text('from'), // "form", "yaml" or "template"
    template: text('template'),
  }),
  runs: address(
    '/c/:cluster/job-history/:part?',
    {
      namespace: text('ns'),
      filter: text('q'),
      state: text('state'),
      since: text('since'),
      by: text('by'),
      sort: text('sort'),
      open: text('open'),
    },
    { part: ['history', 'analytics'] },
  ),
  map: address('/c/:cluster/map', {
    by: text('by'), // "namespace" when left out, "node", "workload"
    form: text('form'), // "list": rows instead of a drawing
    filter: text('q'),
    faults: flag('faults'),
    opened: words('in'), // keys of groups, and of pods that are drawn one by one
    open: text('open'), // id of what is in the drawer
  }),
  // "pods", "deployments.apps"; no kind until the view picks one.
  list: address('/c/:cluster/:kind?', {
    namespaces: words('ns'),
    filter: text('q'),
    sort: text('sort'), // a column, "-" in front for descending; empty is the server's order
    unhealthy: flag('unhealthy'),
    open: text('open'), // "namespace/name" or "name" of what is in the drawer
    tab: ofOpen('tab'),
  }),
};

type Addresses = typeof ADDRESSES;
export type View = keyof Addresses;
type State<V extends View> = Addresses[V] extends Address<infer S> ? S : never;

/** The state of one page, as its address says it. */
export type ViewOf<V extends View> = V extends View ? { view: V } & State<V> : never;
export type Known = ViewOf<View>;
export type Route = Known | { view: 'unknown'; path: string };

export function isOfCluster(view: View): boolean {
  return 'cluster' in ADDRESSES[view].empty;
}

/** A segment that is not valid percent-encoding is taken as it stands. */
function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

export function parse(path: string, search: string): Route {
  const parts = path
    .split('/')
    .filter((part) => part !== '')
    .map(decode);
  const query = new URLSearchParams(search);
  for (const view of Object.keys(ADDRESSES) as View[]) {
    const state = ADDRESSES[view].read(parts, query);
    if (state) return { view, ...state } as Known;
  }
  return { view: 'unknown', path };
}

export function href(page: Known): string {
  return (ADDRESSES[page.view] as Address<Known>).write(page);
}

type Said<V extends View> = Partial<State<V>> &
  ('cluster' extends keyof State<V> ? { cluster: string } : object);

/** A link to a page, everything not named at its default. */
export function to<V extends View>(
  view: V,
  ...[state]: 'cluster' extends keyof State<V> ? [Said<V>] : [Said<V>?]
): string {
  return href({ ...ADDRESSES[view].empty, ...state, view } as Known);
}

export function listHref(state: Said<'list'>): string {
  return to('list', state);
}

const current = signal(globalThis.location ? location.pathname + location.search : '/');

export const route = computed<Route>(() => {
  const [path = '/', search = ''] = current.value.split(/\?(.*)/s);
  return parse(path, search);
});

/** The cluster of the open page, "" on pages that belong to none. */
export const openCluster = computed(() => ('cluster' in route.value ? route.value.cluster : ''));

export function navigate(target: string, how: 'push' | 'replace' = 'push'): void {
  if (target === current.peek()) return;
  if (how === 'push') history.pushState(null, '', target);
  else history.replaceState(null, '', target);
  current.value = target;
}

/** Changes part of the open page's state. Typing and sorting replace the entry, opening something adds one. */
export function patch<V extends View>(
  view: V,
  change: Partial<State<V>>,
  how: 'push' | 'replace' = 'replace',
): void {
  const open = route.peek();
  if (open.view === view) navigate(href({ ...open, ...change } as Known), how);
}

/** The same for a list. */
export function patchList(change: Partial<State<'list'>>, how: 'push' | 'replace' = 'replace'): void {
  patch('list', change, how);
}

/** Links are plain anchors; a plain click on one of ours stays in the page. */
export function listenForNavigation(): void {
  addEventListener('popstate', () => {
    current.value = location.pathname + location.search;
  });
  document.addEventListener('click', (event) => {
    if (event.defaultPrevented || event.button !== 0) return;
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    const anchor = event.target instanceof Element ? event.target.closest('a[href]') : null;
    if (!(anchor instanceof HTMLAnchorElement) || anchor.target !== '' || anchor.origin !== location.origin)
      return;
    if (anchor.hasAttribute('download')) return;
    if (anchor.hash !== '' && anchor.pathname === location.pathname) return;
    event.preventDefault();
    navigate(anchor.pathname + anchor.search);
  });
}
