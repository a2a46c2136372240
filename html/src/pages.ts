// The pages: what each is called, where links to it stand, which key opens it, and the file it comes in. A new page is a
// row here, its address in router.ts, and its name in the catalogues; its other texts come with its file.
import type { ComponentType } from 'preact';
import type { Group } from './kinds';
import { isOfCluster, type Known, type Route, to, type View, type ViewOf } from './router';
import { t } from './texts';
import { lazy } from './ui/lazy';

/**
 * Where the rail links to a page: at its head or foot while no cluster is open ("home", "home-foot"), and while one is at
 * its head, behind a group's kinds, or at its foot ("top", "workloads"…, "foot").
 */
export type Place = 'home' | 'home-foot' | 'top' | Group | 'foot';

interface Page<V extends View> {
  /** In the rail, the palette and the window's title. */
  label(): string;
  load(): Promise<ComponentType<{ view: ViewOf<V> }>>;
  places?: readonly Place[];
  /** Opens it after "g". */
  key?: string;
  /** Whose link in the rail is marked while this page is open. */
  under?: View;
  /** Opened only from another page, which says of what it is. */
  inner?: boolean;
  /** What of it is open, for the window's title. */
  title?(view: ViewOf<V>): string;
}

export const PAGES: { readonly [V in View]: Page<V> } = {
  clusters: {
    label: () => t().clusters,
    load: () => import('./views/clusters/clusters').then((part) => part.ClustersPage),
    places: ['home'],
    key: 'c',
  },
  connect: {
    label: () => t().connect,
    load: () => import('./views/connect/connect').then((part) => part.ConnectPage),
    places: ['home'],
  },
  kubeconfig: {
    label: () => t().addKubeconfig,
    load: () => import('./views/connect/kubeconfig').then((part) => part.KubeconfigPage),
    places: ['home'],
  },
  discover: {
    label: () => t().discover,
    load: () => import('./views/discover/discover').then((part) => part.DiscoverPage),
    places: ['home'],
  },
  overview: {
    label: () => t().overview,
    load: () => import('./views/overview/overview').then((part) => part.OverviewPage),
    places: ['top'],
    key: 'o',
  },
  eks: {
    label: () => t().eks,
    load: () => import('./views/eks/eks').then((part) => part.EksPage),
    places: ['foot'],
    key: 'k',
    title: ({ open }) => open,
  },
  templates: {
    label: () => t().templates,
    load: () => import('./views/templates/templates').then((part) => part.TemplatesPage),
    places: ['home-foot', 'foot'],
  },
  'template-new': {
    label: () => t().newTemplate,
    load: () => import('./views/templates/editor').then((part) => part.NewTemplatePage),
    under: 'templates',
  },
  webhooks: {
    label: () => t().webhooks,
    load: () => import('./views/webhooks/webhooks').then((part) => part.WebhooksPage),
    places: ['home-foot'],
  },
  'webhook-new': {
    label: () => t().newWebhook,
    load: () => import('./views/webhooks/new').then((part) => part.NewWebhookPage),
    under: 'webhooks',
  },
  provision: {
    label: () => t().provision,
    load: () => import('./views/provision/clusters').then((part) => part.ProvisionPage),
    places: ['home', 'foot'],
    key: 'r',
  },
  'provision-new': {
    label: () => t().newCluster,
    load: () => import('./views/provision/new').then((part) => part.NewClusterPage),
    under: 'provision',
  },
  provisioned: {
    label: () => t().provision,
    load: () => import('./views/provision/cluster').then((part) => part.ProvisionedPage),
    under: 'provision',
    inner: true,
    title: ({ name }) => name,
  },
  'provision-run': {
    label: () => t().provision,
    load: () => import('./views/provision/run').then((part) => part.RunPage),
    under: 'provision',
    inner: true,
    title: ({ name }) => name,
  },
  runs: {
    label: () => t().jobHistory,
    load: () => import('./views/jobs/runs').then((part) => part.RunsPage),
    places: ['workloads'],
  },
  'job-new': {
    label: () => t().newJob,
    load: () => import('./views/jobs/new').then((part) => part.NewJobPage),
  },
  map: {
    label: () => t().map,
    load: () => import('./views/map/map').then((part) => part.MapPage),
    places: ['top'],
    key: 'y',
  },
  new: {
    label: () => t().newObjects,
    load: () => import('./views/edit/new').then((part) => part.NewPage),
  },
  list: {
    label: () => t().objects,
    load: () => import('./views/resources/resources').then((part) => part.ListPage),
    title: ({ open, kind }) => open || kind,
  },
};

const VIEWS = Object.keys(PAGES) as View[];

export function pageOf(view: View): Page<View> {
  return PAGES[view] as Page<View>;
}

const files = Object.fromEntries(
  VIEWS.map((view) => [view, lazy<{ view: Known }>(() => pageOf(view).load())]),
) as Record<View, ReturnType<typeof lazy<{ view: Known }>>>;

/** The component of a page, which fetches itself when it is shown. */
export function componentOf(view: View): ComponentType<{ view: Known }> {
  return files[view];
}

/** Fetches the file of a page that is about to be shown. */
export function fetchPage(view: View): void {
  files[view].fetch();
}

export interface Link {
  view: View;
  label: string;
  href: string;
}

/** What the rail links to at a place. */
export function linksAt(place: Place, cluster: string): Link[] {
  return VIEWS.filter((view) => pageOf(view).places?.includes(place)).map((view) => linkTo(view, cluster));
}

/** Every page that can be opened now; those of a cluster while one is open. */
export function allLinks(cluster: string): Link[] {
  const open = (view: View) =>
    view !== 'list' && !pageOf(view).inner && (cluster !== '' || !isOfCluster(view));
  return VIEWS.filter(open).map((view) => linkTo(view, cluster));
}

function linkTo(view: View, cluster: string): Link {
  return { view, label: pageOf(view).label(), href: to(view as 'eks', { cluster }) };
}

/** The same page, and the same part of it, of another cluster: clusters are compared page by page. */
export function samePage(current: Route, cluster: string): string | undefined {
  if (!('cluster' in current)) return undefined;
  if ('part' in current) return to(current.view, { cluster, part: current.part } as { cluster: string });
  return pageOf(current.view).places ? to(current.view, { cluster }) : undefined;
}

/** The keys that open pages: "g k". */
export function pageKeys(cluster: string): { keys: string; link: Link }[] {
  return allLinks(cluster).flatMap((link) => {
    const { key } = pageOf(link.view);
    return key ? [{ keys: `g ${key}`, link }] : [];
  });
}
