// What the EKS page reads: the cluster and each of its parts by itself, so that one refusal hides nothing else.
import { computed, type ReadonlySignal } from '@preact/signals';
import * as gateway from '../../api/gateway';
import { Query } from '../../api/query';
import type { ClusterDetail, EksOverview, EksPart } from '../../api/types';
import { type Freshness, REFRESH_MS } from '../../lib/refresh';
import { route } from '../../router';
import { type Item, itemsOf, PARTS, type Part, type PartId, partOf } from './parts';

/** Node groups and versions change slowly, and AWS counts calls. */
const INTERVAL_MS = 60_000;

export interface PartSource {
  part: Part;
  query: Query<EksPart>;
  items: ReadonlySignal<Item[] | undefined>;
}

export interface EksSource {
  detail: Query<ClusterDetail>;
  overview: Query<EksOverview>;
  parts: Record<PartId, PartSource>;
  dispose(): void;
}

export function createSource(cluster: string): EksSource {
  const parts = Object.fromEntries(
    PARTS.map((part) => {
      const query = new Query((signal) => gateway.eksPart(cluster, part.id, signal));
      const items = computed(() => query.data.value && itemsOf(part, query.data.value));
      return [part.id, { part, query, items }];
    }),
  ) as Record<PartId, PartSource>;
  const detail = new Query((signal) => gateway.cluster(cluster, signal));
  const overview = new Query((signal) => gateway.eks(cluster, signal));
  const all = [detail, overview, ...Object.values(parts).map((source) => source.query)];
  return {
    detail,
    overview,
    parts,
    dispose() {
      for (const query of all) query.cancel();
    },
  };
}

/**
 * Everything is read, so that faults show wherever they are; the page is as fresh as the part it shows. Going from
 * part to part reads nothing anew.
 */
export function freshnessOf(source: EksSource): Freshness {
  const shown = computed<Query<unknown>>(() => {
    const current = route.value;
    const part = current.view === 'eks' ? partOf(current.part) : undefined;
    return part ? source.parts[part.id].query : source.overview;
  });
  const parts = Object.values(source.parts).map(({ query }) => query);
  return {
    asOf: computed(() => shown.value.asOf.value),
    error: computed(() => shown.value.error.value),
    busy: computed(() => shown.value.loading.value),
    async load() {
      await Promise.all([source.detail, source.overview, ...parts].map((query) => query.load()));
    },
    // What failed may be mended at any moment; new credentials above all.
    interval: () => (shown.value.error.value === undefined ? INTERVAL_MS : REFRESH_MS),
  };
}
