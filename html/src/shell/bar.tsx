// The bar answers: which cluster, which namespaces, and is what I see still true.

import { clock } from '../lib/age';
import { clusterList, clusterOf } from '../lib/gate';
import { shownKeys } from '../lib/keys';
import { narrow } from '../lib/media';
import { colourOf } from '../lib/prefs';
import { freshness, refreshNow } from '../lib/refresh';
import { samePage } from '../pages';
import { listHref, navigate, openCluster, route } from '../router';
import { t } from '../texts';
import { Icon } from '../ui/icons';
import { Mark } from '../ui/mark';
import { Picker } from '../ui/picker';
import { NamespacePicker } from './namespaces';
import { Settings } from './settings';

interface BarProps {
  onPalette(): void;
  onHelp(): void;
  onRail(): void;
  railOpen: boolean;
}

export function Bar({ onPalette, onHelp, onRail, railOpen }: BarProps) {
  return (
    <header class="bar">
      <button
        type="button"
        class="button button-icon bar-menu"
        aria-label={t().menu}
        aria-expanded={railOpen}
        aria-controls="rail"
        onClick={onRail}
      >
        <Icon name="menu" />
      </button>
      <a class="brand" href="/" aria-label={t().brandLabel}>
        eksgate
      </a>
      {openCluster.value !== '' && <ClusterPicker id={openCluster.value} />}
      {!narrow.value && <NamespacePicker />}
      <button type="button" class="goto" onClick={onPalette} aria-keyshortcuts="Control+K">
        <Icon name="search" />
        <span class="goto-text">{t().goTo}</span>
        {/* biome-ignore lint/a11y/noAriaHiddenOnFocusable: it is a picture of keys and takes no focus */}
        <kbd aria-hidden="true">{shownKeys('mod+k')}</kbd>
      </button>
      <span class="bar-space" />
      <Fresh />
      <button
        type="button"
        class="button button-icon bar-help"
        aria-label={t().help}
        title={t().help}
        onClick={onHelp}
      >
        ?
      </button>
      <Settings />
    </header>
  );
}

function ClusterPicker({ id }: { id: string }) {
  const cluster = clusterOf(id);
  return (
    <Picker
      label={t().chooseCluster}
      buttonClass="button bar-cluster"
      button={
        <>
          <span class="swatch" data-colour={colourOf(id)} />
          <span class="bar-name">{cluster?.name ?? id}</span>
          {cluster && <span class="bar-region">{cluster.region}</span>}
          <Icon name="down" />
        </>
      }
      choices={clusterList.value.map((other) => ({
        value: other.id,
        label: other.name,
        hint: other.region,
        before: <span class="swatch" data-colour={colourOf(other.id)} />,
      }))}
      chosen={[id]}
      onChange={([chosen]) => {
        if (!chosen || chosen === id) return;
        navigate(samePage(route.peek(), chosen) ?? listHref({ cluster: chosen }));
      }}
      footer={
        <a class="picker-footer" href="/">
          {t().allClusters}
        </a>
      }
    />
  );
}

/** "live since 12:03:07" or "as of 12:03:07", and whether it can be trusted. */
function Fresh() {
  const source = freshness.value;
  if (!source) return null;
  const asOf = source.asOf.value;
  const failed = source.error.value !== undefined;
  if (asOf === undefined) return null;
  const live = source.live?.value ?? 'off';
  const isLive = live === 'live' && !failed;
  const time = clock((isLive ? source.liveSince?.value : undefined) ?? asOf);
  const text = failed
    ? t().staleSince(time)
    : isLive
      ? t().liveSince(time)
      : live === 'again'
        ? t().reconnecting(time)
        : t().asOf(time);
  const refused = source.refused?.value ?? [];
  const tip = t().refreshTips[live](Math.round(source.interval() / 1000));
  const working = !isLive && (source.busy.value || live === 'again');
  return (
    <button
      type="button"
      class={failed ? 'button button-quiet fresh fresh-stale' : 'button button-quiet fresh'}
      onClick={refreshNow}
      title={refused.length === 0 ? tip : `${tip} ${t().notFollowed(refused.join(', '))}`}
      aria-label={t().refreshLabel(text)}
    >
      <Mark mark={failed ? 'bad' : working ? 'progressing' : 'ok'} />
      <span class="fresh-text">{narrow.value ? (isLive ? t().live : time) : text}</span>
      <Icon name="refresh" />
    </button>
  );
}
