// The frame of every page: bar, rail, view, and the few things that lie over them.
import { useComputed, useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { keyWanted } from './api/key';
import { clusterOf } from './lib/gate';
import { useKeys } from './lib/keys';
import { useKindKeys } from './lib/kindkeys';
import { colourOf } from './lib/prefs';
import { refreshNow } from './lib/refresh';
import { navigate, openCluster, route } from './router';
import { Bar } from './shell/bar';
import { Palette } from './shell/palette';
import { Rail } from './shell/rail';
import { CredentialsStrip, GatewayStrip } from './shell/strips';
import { t } from './texts';
import { ConfirmHost } from './ui/dialog';
import { Empty } from './ui/empty';
import { lazy } from './ui/lazy';
import { explained } from './ui/refused';
import { ClustersView } from './views/clusters/clusters';
import { ResourcesView } from './views/resources/resources';

const ConnectView = lazy(() => import('./views/connect/connect').then((part) => part.ConnectView));
const DiscoverView = lazy(() => import('./views/discover/discover').then((part) => part.DiscoverView));
const EksPage = lazy(() => import('./views/eks/eks').then((part) => part.EksPage));
const NewView = lazy(() => import('./views/edit/new').then((part) => part.NewView));
const AccessDialog = lazy(() => import('./views/access/access').then((part) => part.AccessDialog));
const NewJobPage = lazy(() => import('./views/jobs/new').then((part) => part.NewJobPage));
const RunsPage = lazy(() => import('./views/jobs/runs').then((part) => part.RunsPage));
const TemplatesPage = lazy(() => import('./views/templates/templates').then((part) => part.TemplatesPage));
const NewTemplatePage = lazy(() => import('./views/templates/editor').then((part) => part.NewTemplatePage));
const WebhooksPage = lazy(() => import('./views/webhooks/webhooks').then((part) => part.WebhooksPage));
const NewWebhookPage = lazy(() => import('./views/webhooks/new').then((part) => part.NewWebhookPage));
const SignInView = lazy(() => import('./views/signin/signin').then((part) => part.SignInView));
const Help = lazy(() => import('./shell/help').then((part) => part.Help));

function View() {
  const current = route.value;
  switch (current.view) {
    case 'clusters':
      return <ClustersView />;
    case 'connect':
      return (
        <ConnectView key={`${current.region}/${current.name}`} name={current.name} region={current.region} />
      );
    case 'discover':
      return <DiscoverView regions={current.regions} />;
    case 'list':
      return <ResourcesView key={current.cluster} cluster={current.cluster} />;
    case 'eks':
      return <EksPage key={current.cluster} view={current} />;
    case 'new':
      return <NewView key={current.cluster} cluster={current.cluster} namespace={current.namespace} />;
    case 'job-new':
      return <NewJobPage key={current.cluster} view={current} />;
    case 'runs':
      return <RunsPage key={current.cluster} view={current} />;
    case 'templates':
      return <TemplatesPage view={current} />;
    case 'template-new':
      return <NewTemplatePage />;
    case 'webhooks':
      return <WebhooksPage view={current} />;
    case 'webhook-new':
      return <NewWebhookPage />;
    case 'unknown':
      return (
        <Empty title={t().noPage} why={t().noPageWhy(current.path)}>
          <a class="button button-main" href="/">
            {t().toClusters}
          </a>
        </Empty>
      );
  }
}

/** What the page is about, "" where its cluster says it all. */
function subject(): string {
  const current = route.value;
  switch (current.view) {
    case 'list':
      return current.open || current.kind;
    case 'eks':
      return current.open || t().eks;
    case 'new':
      return t().newObjects;
    case 'job-new':
      return t().newJob;
    case 'runs':
      return t().jobHistory;
    case 'templates':
    case 'template-new':
      return t().templates;
    case 'webhooks':
    case 'webhook-new':
      return t().webhooks;
    default:
      return '';
  }
}

function titleOf(): string {
  const current = route.value;
  if (!('cluster' in current)) return subject() === '' ? 'eksgate' : t().pageTitle('', subject());
  return t().pageTitle(subject(), clusterOf(current.cluster)?.name ?? current.cluster);
}

export function App() {
  const palette = useSignal(false);
  const help = useSignal(false);
  const railOpen = useSignal(false);
  const title = useComputed(titleOf);
  const current = route.value;
  const cluster = openCluster.value;

  useEffect(() => {
    document.title = title.value;
  }, [title.value]);
  useEffect(() => {
    railOpen.value = false;
  }, [cluster, current.view === 'list' ? current.kind : current.view]);
  useKindKeys();

  useKeys([
    {
      keys: 'mod+k',
      label: t().keys.palette,
      run: () => {
        palette.value = true;
      },
    },
    {
      keys: '?',
      label: t().keys.help,
      run: () => {
        help.value = true;
      },
    },
    { keys: 'r', label: t().keys.refresh, run: refreshNow },
    { keys: 'g c', label: t().keys.clusters, run: () => navigate('/') },
  ]);

  if (keyWanted.value !== '') {
    return (
      <main class="main" id="main">
        <SignInView />
      </main>
    );
  }
  return (
    <div class="shell" data-colour={cluster === '' ? undefined : colourOf(cluster)}>
      <a class="skip" href="#main">
        {t().skip}
      </a>
      <Bar
        onPalette={() => {
          palette.value = true;
        }}
        onHelp={() => {
          help.value = true;
        }}
        onRail={() => {
          railOpen.value = !railOpen.value;
        }}
        railOpen={railOpen.value}
      />
      <Rail
        open={railOpen.value}
        onClose={() => {
          railOpen.value = false;
        }}
      />
      <main class="main" id="main" tabIndex={-1}>
        <GatewayStrip />
        <CredentialsStrip />
        <View />
      </main>
      {explained.value && <AccessDialog of={explained.value} />}
      <ConfirmHost />
      {palette.value && (
        <Palette
          onClose={() => {
            palette.value = false;
          }}
        />
      )}
      {help.value && (
        <Help
          onClose={() => {
            help.value = false;
          }}
        />
      )}
    </div>
  );
}
