// State that outlives a single view: the gateway's health, the connected clusters, what each cluster serves.
import { computed, effect } from '@preact/signals';
import * as gateway from '../api/gateway';
import { Query } from '../api/query';
import type { Cluster, Clusters, Discovery, Health, Resource } from '../api/types';
import { openCluster } from '../router';
import { favourites } from './prefs';

export const health = new Query<Health>(gateway.health);
export const clusters = new Query<Clusters>(gateway.clusters);

const SANDBOX_MS = 1000;
const CALM_MS = 30_000;

/** Asks every second while the sandbox is being built, seldom afterwards. */
export function watchHealth(): void {
  let building = false;
  let turns = 0;
  async function turn(): Promise<void> {
    if (document.visibilityState === 'visible') {
      await health.load();
      const sandbox = health.data.peek()?.sandbox;
      // Clusters join while the sandbox is being built, and for the last time when it is done.
      if ((sandbox && turns++ % 5 === 4) || (building && !sandbox)) clusters.load();
      building = sandbox !== undefined;
    }
    setTimeout(turn, building ? SANDBOX_MS : CALM_MS);
  }
  turn();
}

/** Connected clusters, favourites first, then by name. */
export const clusterList = computed<Cluster[]>(() => {
  const liked = favourites.value;
  const rank = (cluster: Cluster) => (liked.includes(cluster.id) ? 0 : 1);
  return [...(clusters.data.value?.clusters ?? [])].sort(
    (a, b) => rank(a) - rank(b) || a.name.localeCompare(b.name) || a.region.localeCompare(b.region),
  );
});

export function clusterOf(id: string): Cluster | undefined {
  return clusters.data.value?.clusters.find((cluster) => cluster.id === id);
}

const discoveries = new Map<string, Query<Discovery>>();

/** What a cluster serves; read once when it is opened, and again when asked. */
export function discoveryOf(id: string): Query<Discovery> {
  let found = discoveries.get(id);
  if (!found) {
    found = new Query((signal) => gateway.discovery(id, signal));
    discoveries.set(id, found);
  }
  return found;
}

const spaces = new Map<string, Query<string[]>>();

export function namespacesOf(id: string): Query<string[]> {
  let found = spaces.get(id);
  if (!found) {
    found = new Query(async (signal) => {
      const page = await gateway.table(id, 'namespaces', {}, signal);
      return page.rows.map((row) => row.name).sort((a, b) => a.localeCompare(b));
    });
    spaces.set(id, found);
  }
  return found;
}

export function forgetCluster(id: string): void {
  discoveries.delete(id);
  spaces.delete(id);
}

export const openResources = computed<Resource[]>(() => {
  const id = openCluster.value;
  return id === '' ? [] : (discoveryOf(id).data.value?.resources ?? []);
});

/** Kinds and namespaces come and go: what is older than this is read again when another page is opened. */
const KEEP_MS = 60_000;

function isOld(query: Query<unknown>): boolean {
  return Date.now() - (query.asOf.peek() ?? 0) > KEEP_MS;
}

/** Reads what a cluster's pages need as soon as one of them is opened; no cluster is contacted before. */
export function followCluster(): void {
  effect(() => {
    const cluster = openCluster.value;
    if (cluster === '') return;
    for (const query of [discoveryOf(cluster), namespacesOf(cluster)]) {
      if (isOld(query)) queueMicrotask(() => query.load());
    }
  });
}
