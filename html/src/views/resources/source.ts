// What a list page reads: which kind, from which namespaces, with which labels.
import * as gateway from '../../api/gateway';
import { ListLoader } from '../../api/list';
import type { Followed } from '../../api/live';
import type { Resource } from '../../api/types';
import { discoveryOf } from '../../lib/gate';

/** Large enough to finish quickly, small enough for the first rows to come at once. */
const PAGE = 500;

/** A kind as discovery describes it; before discovery has answered, as well as its name tells. */
export function resourceOf(cluster: string, type: string): Resource {
  const known = discoveryOf(cluster).data.value?.resources.find((resource) => resource.type === type);
  if (known) return known;
  const [plural = type, ...group] = type.split('.');
  return {
    type,
    plural,
    group: group.join('.'),
    version: 'v1',
    kind: plural.charAt(0).toUpperCase() + plural.slice(1).replace(/s$/, ''),
    namespaced: true,
    verbs: ['list'],
  };
}

export function createLoader(
  cluster: string,
  type: string,
  namespaces: string[],
  labels: string,
): ListLoader {
  return new ListLoader(namespaces.length === 0 ? [undefined] : namespaces, (namespace, token, signal) =>
    gateway.table(
      cluster,
      type,
      { namespace, token, limit: PAGE, ...(labels === '' ? {} : { labelSelector: labels }) },
      signal,
    ),
  );
}

/** "namespace/name" as the URL keeps it. */
export function openKey(namespace: string | undefined, name: string): string {
  return namespace ? `${namespace}/${name}` : name;
}

export function splitKey(key: string): { namespace: string | undefined; name: string } {
  const at = key.indexOf('/');
  return at < 0
    ? { namespace: undefined, name: key }
    : { namespace: key.slice(0, at), name: key.slice(at + 1) };
}

/** Keeps the list true by the stream of its cluster, where the kind can be watched. Returns what ends it. */
export function followLive(
  loader: ListLoader,
  resource: Resource,
  followed: Omit<Followed, 'type'>,
): (() => void) | undefined {
  if (!resource.verbs.includes('watch')) return undefined;
  let live: { stop(): void } | undefined;
  let over = false;
  import('../../api/live').then(({ LiveList }) => {
    if (!over) live = new LiveList(loader, { ...followed, type: resource.type });
  });
  return () => {
    over = true;
    live?.stop();
  };
}

const RELATIVE = /^\d+[smhd]|\d[smhdy] ago/;

/** Whether the server prints how long ago things were: such cells grow old although nothing changes. */
export function tellsTimes(loader: ListLoader): boolean {
  const columns = loader.columns.peek();
  return loader.rows
    .peek()
    .slice(0, 100)
    .some((row) =>
      row.cells.some((cell, index) => columns[index]?.name !== 'Age' && RELATIVE.test(String(cell))),
    );
}
