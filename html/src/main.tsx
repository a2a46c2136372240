import { effect } from '@preact/signals';
import { render } from 'preact';
import { App } from './app';
import { clusters, followCluster, watchHealth } from './lib/gate';
import { listenForKeys } from './lib/keys';
import { startClock } from './lib/media';
import { density, theme } from './lib/prefs';
import { fetchPage } from './pages';
import { listenForNavigation, route } from './router';
import { startTexts } from './texts';
import { fetchWhenIdle } from './ui/lazy';
import './styles/tokens.css';
import './styles/base.css';
import './styles/shell.css';
import './styles/controls.css';
import './styles/table.css';
import './styles/views.css';

const page = document.documentElement;

effect(() => {
  if (theme.value === 'system') delete page.dataset.theme;
  else page.dataset.theme = theme.value;
  page.dataset.density = density.value;
});

const first = route.peek().view;
if (first !== 'unknown') fetchPage(first);
listenForNavigation();
listenForKeys();
startClock();
followCluster();
watchHealth();
clusters.load();

startTexts().then(() => {
  const root = document.getElementById('app');
  if (root) render(<App />, root);
  fetchWhenIdle();
});
