// "g p" and its like: the keys that go to a kind, on every page of a cluster.
import { KIND_KEYS, kindTitle, matchKind } from '../kinds';
import { eksHref, listHref, navigate, openCluster, route } from '../router';
import { t } from '../texts';
import { openResources } from './gate';
import { type Binding, useKeys } from './keys';

export function useKindKeys(): void {
  useKeys(bindings());
}

function bindings(): Binding[] {
  const cluster = openCluster.value;
  if (cluster === '') return [];
  const current = route.value;
  const chosen = current.view === 'list' ? current.namespaces : [];
  const kinds = KIND_KEYS.flatMap(({ key, type }) => {
    const resource = matchKind(openResources.value, type);
    if (!resource) return [];
    const namespaces = resource.namespaced ? chosen : [];
    const run = () => navigate(listHref({ cluster, kind: type, namespaces }));
    return [{ keys: `g ${key}`, label: kindTitle(resource), run }];
  });
  return [...kinds, { keys: 'g k', label: t().keys.eks, run: () => navigate(eksHref({ cluster })) }];
}
