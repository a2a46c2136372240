// Ctrl K: type where to go. "po kube-system", "deploy /api", "jh" for the job history, "@staging", "@staging deploy".
import { useComputed, useSignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import type { Resource } from '../api/types';
import { isListable, kindTitle, matchKind } from '../kinds';
import { clusterList, clusterOf, discoveryOf, namespacesOf, openResources } from '../lib/gate';
import { colourOf } from '../lib/prefs';
import { openShell } from '../lib/shells';
import { allLinks } from '../pages';
import { listHref, navigate, openCluster, route } from '../router';
import { t } from '../texts';
import { shellTexts } from '../texts/terminal';
import { Combobox } from '../ui/combobox';
import { Dialog } from '../ui/dialog';
import { type Line, type Match, match, parseLine } from './search';

interface Entry {
  id: string;
  label: string;
  kind: string;
  hint?: string;
  colour?: string;
  to: string;
  /** Instead of going there. */
  run?(): void;
  score: number;
  /** Which letters of its label were found. */
  at?: readonly number[];
}

const SHOWN = 12;

/** By its name as it is shown, or less well by another that it has. */
function found(label: string, others: readonly string[], query: string): Match | undefined {
  const own = match(label, query);
  const score = Math.max(0, ...others.map((other) => match(other, query)?.score ?? 0)) - 0.5;
  return (own?.score ?? 0) >= score ? own : { score, at: [] };
}

function clusterEntries(query: string): Entry[] {
  return clusterList.value.flatMap((cluster) => {
    const answer = found(cluster.name, [cluster.id], query);
    if (!answer) return [];
    return {
      ...answer,
      id: `cluster ${cluster.id}`,
      label: cluster.name,
      kind: t().paletteKinds.cluster,
      hint: cluster.region,
      colour: colourOf(cluster.id),
      to: listHref({ cluster: cluster.id }),
    };
  });
}

function pageEntries(query: string): Entry[] {
  return allLinks(openCluster.value).flatMap(({ view, label, href }) => {
    const answer = match(label, query);
    if (!answer) return [];
    const { score, at } = answer;
    return { id: `page ${view}`, label, kind: t().paletteKinds.page, to: href, score: score - 0.2, at };
  });
}

/** With kubectl, in a pod of its own. */
function shellEntries(cluster: string, query: string): Entry[] {
  const label = shellTexts().onCluster(clusterOf(cluster)?.name ?? cluster);
  const answer = query === '' ? undefined : match(label, query);
  if (!answer) return [];
  const run = () => openShell({ cluster });
  return [
    {
      id: 'shell',
      label,
      kind: t().paletteKinds.page,
      to: '',
      run,
      score: answer.score - 0.3,
      at: answer.at,
    },
  ];
}

/** "po kube-system /api": a kind, perhaps a namespace, perhaps a filter. */
function combined(cluster: string, { first, rest, filter }: Line): Entry[] {
  const resource = matchKind(openResources.value, first);
  if (!resource || (rest === '' && filter === '')) return [];
  const spaces = (namespacesOf(cluster).data.value ?? [])
    .map((name) => ({ name, score: match(name, rest)?.score ?? 0 }))
    .filter(({ score }) => score > 1)
    .sort((a, b) => b.score - a.score)
    .map(({ name }) => name);
  return (rest === '' ? [''] : spaces).slice(0, 5).map((space, index) => ({
    id: `both ${resource.type} ${space}`,
    label: space === '' ? kindTitle(resource) : t().kindIn(kindTitle(resource), space),
    kind: t().paletteKinds.kind,
    hint: filter === '' ? undefined : `/${filter}`,
    to: listHref({ cluster, kind: resource.type, namespaces: space === '' ? [] : [space], filter }),
    score: 20 - index,
  }));
}

/** "@staging deploy": a kind of another cluster, which need not have been opened to be gone to. */
function elsewhere({ first, rest }: Line): Entry[] {
  const clusters = clusterEntries(first).sort((a, b) => b.score - a.score);
  return clusters.slice(0, 5).flatMap((entry) => {
    const cluster = entry.id.slice('cluster '.length);
    const known: readonly Resource[] = discoveryOf(cluster).data.value?.resources ?? openResources.value;
    const resource = matchKind(known, rest);
    if (!resource) return [];
    return {
      ...entry,
      id: `${entry.id} ${resource.type}`,
      label: t().kindIn(kindTitle(resource), entry.label),
      kind: t().paletteKinds.kind,
      to: listHref({ cluster, kind: resource.type }),
      at: [],
    };
  });
}

function kindEntries(cluster: string, query: string, namespaces: string[]): Entry[] {
  const exact = query === '' ? undefined : matchKind(openResources.value, query);
  return openResources.value.filter(isListable).flatMap((resource) => {
    const label = kindTitle(resource);
    const answer = found(label, [resource.kind, resource.type], query);
    if (!answer && resource !== exact) return [];
    return {
      id: `kind ${resource.type}`,
      label,
      kind: t().paletteKinds.kind,
      hint: resource.type,
      to: listHref({ cluster, kind: resource.type, namespaces: resource.namespaced ? namespaces : [] }),
      score: resource === exact ? 10 : (answer?.score ?? 0),
      at: answer?.at,
    };
  });
}

function namespaceEntries(cluster: string, query: string, kind: string): Entry[] {
  return (namespacesOf(cluster).data.value ?? []).flatMap((name) => {
    const answer = match(name, query);
    if (!answer) return [];
    return {
      id: `namespace ${name}`,
      label: name,
      kind: t().paletteKinds.namespace,
      to: listHref({ cluster, kind, namespaces: [name] }),
      score: answer.score - 0.1,
      at: answer.at,
    };
  });
}

function entriesFor(text: string): Entry[] {
  const line = parseLine(text);
  const cluster = openCluster.value;
  if (line.clustersOnly) return line.rest === '' ? clusterEntries(line.all) : elsewhere(line);
  if (line.filter !== '') return cluster === '' ? [] : combined(cluster, line);
  const out = [...clusterEntries(line.all), ...pageEntries(line.all)];
  if (cluster === '') return out;
  const current = route.value;
  const { namespaces, kind } = current.view === 'list' ? current : { namespaces: [], kind: 'pods' };
  out.push(...combined(cluster, line), ...shellEntries(cluster, line.all));
  out.push(...kindEntries(cluster, line.all, namespaces), ...namespaceEntries(cluster, line.all, kind));
  return out;
}

export function Palette({ onClose }: { onClose(): void }) {
  const text = useSignal('');
  const entries = useComputed(() =>
    entriesFor(text.value)
      .sort((a, b) => b.score - a.score)
      .slice(0, SHOWN),
  );
  const cluster = clusterOf(openCluster.value);
  return (
    <Dialog label={t().goTo} kind="palette" onClose={onClose}>
      <Combobox
        id="palette"
        label={t().goTo}
        placeholder={cluster ? t().palettePlaceholder(cluster.name) : t().palettePlaceholderHome}
        inputClass="palette-input"
        listClass="palette-options"
        text={text.value}
        options={entries.value}
        keyOf={({ id }) => id}
        none={t().nothingMatches(text.value.trim())}
        draw={(entry) => (
          <>
            {entry.colour && <span class="swatch" data-colour={entry.colour} />}
            <span class="option-label">
              <Found text={entry.label} at={entry.at ?? []} />
            </span>
            {entry.hint && <span class="option-hint mono">{entry.hint}</span>}
            <span class="option-kind">{entry.kind}</span>
          </>
        )}
        onText={(next) => {
          text.value = next;
        }}
        onChoose={({ to, run = () => navigate(to) }) => {
          onClose();
          run();
        }}
      />
      <p class="palette-tip">{cluster ? t().paletteTip : t().paletteTipHome}</p>
    </Dialog>
  );
}

/** The letters that were found stand out. */
function Found({ text, at }: { text: string; at: readonly number[] }): ComponentChildren {
  if (at.length === 0) return text;
  const letters = new Set(at);
  return [...text].length === text.length
    ? Array.from(text, (letter, place) => (letters.has(place) ? <b key={place}>{letter}</b> : letter))
    : text;
}
