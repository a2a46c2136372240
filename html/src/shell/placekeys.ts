// "g p" and its like: the keys that go to a page, and to a kind while a cluster is open.
import { KIND_KEYS, kindTitle, matchKind } from '../kinds';
import { openResources } from '../lib/gate';
import { type Binding, useKeys } from '../lib/keys';
import { pageKeys } from '../pages';
import { listHref, navigate, openCluster, route } from '../router';

export function usePlaceKeys(): void {
  const cluster = openCluster.value;
  const pages = pageKeys(cluster).map(({ keys, link }) => ({
    keys,
    label: link.label,
    run: () => navigate(link.href),
  }));
  useKeys([...(cluster === '' ? [] : kindKeys(cluster)), ...pages]);
}

function kindKeys(cluster: string): Binding[] {
  const current = route.value;
  const chosen = current.view === 'list' ? current.namespaces : [];
  return KIND_KEYS.flatMap(({ key, type }) => {
    const resource = matchKind(openResources.value, type);
    if (!resource) return [];
    const namespaces = resource.namespaced ? chosen : [];
    const run = () => navigate(listHref({ cluster, kind: type, namespaces }));
    return [{ keys: `g ${key}`, label: kindTitle(resource), run }];
  });
}
