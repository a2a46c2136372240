// The frame of every page: bar, rail, view, and the few things that lie over them.
import { useComputed, useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { keyWanted } from './api/key';
import { clusterOf } from './lib/gate';
import { useKeys } from './lib/keys';
import { colourOf } from './lib/prefs';
import { refreshNow } from './lib/refresh';
import { shells } from './lib/shells';
import { componentOf, pageOf } from './pages';
import { openCluster, route } from './router';
import { Bar } from './shell/bar';
import { usePlaceKeys } from './shell/placekeys';
import { Rail } from './shell/rail';
import { CredentialsStrip, GatewayStrip } from './shell/strips';
import { t } from './texts';
import { ConfirmHost } from './ui/dialog';
import { Empty } from './ui/empty';
import { lazy } from './ui/lazy';
import { explained } from './ui/refused';

const AccessDialog = lazy(() => import('./views/access/access').then((part) => part.AccessDialog));
const SignInView = lazy(() => import('./views/signin/signin').then((part) => part.SignInView));
const Palette = lazy(() => import('./shell/palette').then((part) => part.Palette));
const Dock = lazy(() => import('./views/terminal/dock').then((part) => part.Dock));
const Help = lazy(() => import('./shell/help').then((part) => part.Help));

function Page() {
  const current = route.value;
  if (current.view === 'unknown') {
    return (
      <Empty title={t().noPage} why={t().noPageWhy(current.path)}>
        <a class="button button-main" href="/">
          {t().toClusters}
        </a>
      </Empty>
    );
  }
  const Component = componentOf(current.view);
  return <Component key={openCluster.value} view={current} />;
}

function titleOf(): string {
  const current = route.value;
  if (current.view === 'unknown') return 'eksgate';
  const { title, label } = pageOf(current.view);
  const what = title?.(current) || label();
  if (!('cluster' in current)) return t().pageTitle('', what);
  return t().pageTitle(what, clusterOf(current.cluster)?.name ?? current.cluster);
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
  usePlaceKeys();
  // Typing may follow its key at once, so it is there before the rest of what comes later.
  useEffect(() => Palette.fetch(), []);

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
        <Page />
      </main>
      {shells.value.length > 0 && <Dock />}
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
