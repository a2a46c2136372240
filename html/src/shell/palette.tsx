// Ctrl K: type where to go. "po kube-system", "deploy /api", "@staging".
import { useComputed, useSignal } from '@preact/signals';
import { isListable, kindTitle, matchKind } from '../kinds';
import { clusterList, clusterOf, namespacesOf, openResources } from '../lib/gate';
import { colourOf } from '../lib/prefs';
import { allLinks } from '../pages';
import { listHref, navigate, openCluster, route } from '../router';
import { t } from '../texts';
import { Dialog } from '../ui/dialog';
import { useOptions } from '../ui/options';
import { parseLine, score } from './search';

interface Entry {
  id: string;
  label: string;
  kind: string;
  hint?: string;
  colour?: string;
  to: string;
  score: number;
}

const SHOWN = 12;

function clusterEntries(query: string): Entry[] {
  return clusterList.value.map((cluster) => ({
    id: `cluster ${cluster.id}`,
    label: cluster.name,
    kind: t().paletteKinds.cluster,
    hint: cluster.region,
    colour: colourOf(cluster.id),
    to: listHref({ cluster: cluster.id }),
    score: Math.max(score(cluster.name, query), score(cluster.id, query) - 0.5),
  }));
}

function pageEntries(query: string): Entry[] {
  return allLinks(openCluster.value).map(({ view, label, href }) => ({
    id: `page ${view}`,
    label,
    kind: t().paletteKinds.page,
    to: href,
    score: score(label, query) - 0.2,
  }));
}

/** "po kube-system /api": a kind, perhaps a namespace, perhaps a filter. */
function combined(cluster: string, first: string, rest: string, filter: string): Entry[] {
  const resource = matchKind(openResources.value, first);
  if (!resource || (rest === '' && filter === '')) return [];
  const names = namespacesOf(cluster).data.value ?? [];
  const spaces =
    rest === ''
      ? ['']
      : names.filter((name) => score(name, rest) > 1).sort((a, b) => score(b, rest) - score(a, rest));
  return spaces.slice(0, 5).map((space, index) => ({
    id: `both ${resource.type} ${space}`,
    label: space === '' ? kindTitle(resource) : t().kindIn(kindTitle(resource), space),
    kind: t().paletteKinds.kind,
    hint: filter === '' ? undefined : `/${filter}`,
    to: listHref({ cluster, kind: resource.type, namespaces: space === '' ? [] : [space], filter }),
    score: 20 - index,
  }));
}

function kindEntries(cluster: string, query: string, namespaces: string[]): Entry[] {
  const exact = matchKind(openResources.value, query);
  return openResources.value.filter(isListable).map((resource) => ({
    id: `kind ${resource.type}`,
    label: kindTitle(resource),
    kind: t().paletteKinds.kind,
    hint: resource.type,
    to: listHref({ cluster, kind: resource.type, namespaces: resource.namespaced ? namespaces : [] }),
    score:
      resource === exact && query !== ''
        ? 10
        : Math.max(score(resource.kind, query), score(resource.type, query)),
  }));
}

function namespaceEntries(cluster: string, query: string, kind: string): Entry[] {
  return (namespacesOf(cluster).data.value ?? []).map((name) => ({
    id: `namespace ${name}`,
    label: name,
    kind: t().paletteKinds.namespace,
    to: listHref({ cluster, kind, namespaces: [name] }),
    score: score(name, query) - 0.1,
  }));
}

function entriesFor(text: string): Entry[] {
  const line = parseLine(text);
  const cluster = openCluster.value;
  if (line.clustersOnly) return clusterEntries(line.first);
  const out = [...clusterEntries(line.first), ...pageEntries(line.first)];
  if (cluster === '') return out;
  if (line.rest !== '' || line.filter !== '') return combined(cluster, line.first, line.rest, line.filter);
  const current = route.value;
  const { namespaces, kind } = current.view === 'list' ? current : { namespaces: [], kind: 'pods' };
  out.push(...kindEntries(cluster, line.first, namespaces), ...namespaceEntries(cluster, line.first, kind));
  return out;
}

export function Palette({ onClose }: { onClose(): void }) {
  const text = useSignal('');
  const entries = useComputed(() =>
    entriesFor(text.value)
      .filter((entry) => entry.score > 0)
      .sort((a, b) => b.score - a.score)
      .slice(0, SHOWN),
  );
  const { at, list, moveTo, onKeyDown } = useOptions(entries.value.length, (index) =>
    go(entries.value[index]),
  );

  function go(entry: Entry | undefined): void {
    if (!entry) return;
    onClose();
    navigate(entry.to);
  }

  const cluster = clusterOf(openCluster.value);
  return (
    <Dialog label={t().goTo} kind="palette" onClose={onClose}>
      <input
        class="palette-input"
        type="text"
        role="combobox"
        aria-expanded="true"
        aria-controls="palette-options"
        aria-activedescendant={entries.value[at] ? `palette-${at}` : undefined}
        aria-label={t().goTo}
        placeholder={cluster ? t().palettePlaceholder(cluster.name) : t().palettePlaceholderHome}
        autocomplete="off"
        spellcheck={false}
        value={text.value}
        onInput={(event) => {
          text.value = event.currentTarget.value;
          moveTo(0);
        }}
        onKeyDown={onKeyDown}
      />
      <div
        class="options palette-options"
        id="palette-options"
        role="listbox"
        aria-label={t().goTo}
        ref={list}
      >
        {entries.value.map((entry, index) => (
          // biome-ignore lint/a11y/useFocusableInteractive: as above
          // biome-ignore lint/a11y/useKeyWithClickEvents: the keys are handled by the input
          <div
            key={entry.id}
            id={`palette-${index}`}
            role="option"
            aria-selected={index === at}
            class={index === at ? 'option at' : 'option'}
            onPointerMove={() => moveTo(index)}
            onClick={() => go(entry)}
          >
            {entry.colour && <span class="swatch" data-colour={entry.colour} />}
            <span class="option-label">{entry.label}</span>
            {entry.hint && <span class="option-hint mono">{entry.hint}</span>}
            <span class="option-kind">{entry.kind}</span>
          </div>
        ))}
        {entries.value.length === 0 && <div class="option-none">{t().nothingMatches(text.value.trim())}</div>}
      </div>
      <p class="palette-tip">{cluster ? t().paletteTip : t().paletteTipHome}</p>
    </Dialog>
  );
}
