// What the EKS page reads: the cluster and each of its parts by itself, so that one refusal hides nothing else.
import { computed, type ReadonlySignal } from '@preact/signals';
import * as gateway from '../../api/gateway';
import { Query } from '../../api/query';
import type { ClusterDetail, EksOverview, EksPart } from '../../api/types';
import type { Freshness } from '../../lib/refresh';
import { type Item, itemsOf, PARTS, type Part, type PartId } from './parts';

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

/** Everything is read, so that faults show wherever they are; the page is as fresh as what it shows. */
export function freshnessOf(source: EksSource, shown: Query<unknown>): Freshness {
  const parts = Object.values(source.parts).map(({ query }) => query);
  return {
    asOf: shown.asOf,
    error: shown.error,
    busy: shown.loading,
    async load() {
      await Promise.all([source.detail, source.overview, ...parts].map((query) => query.load()));
    },
    interval: () => INTERVAL_MS,
  };
}
