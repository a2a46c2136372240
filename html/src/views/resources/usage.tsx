// What a node or a pod used, as a tab of its detail.
import { parseQuantity } from '../../lib/quantity';
import type { Bound } from '../../ui/chart/scale';
import { UsageCharts } from '../../ui/chart/usage';
import type { DetailProps } from '../jobs/detail';

interface Container {
  restartPolicy?: string;
  resources?: Partial<Record<'requests' | 'limits', Record<string, string>>>;
}

interface PodSpec {
  containers?: Container[];
  initContainers?: Container[];
}

/** Of all containers that run for as long as the pod does. Where one has no limit, the pod has none. */
function boundsOf(spec: PodSpec, amount: 'cpu' | 'memory', unit: number): Bound[] {
  const beside = (spec.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === 'Always');
  const all = [...(spec.containers ?? []), ...beside];
  const told = (of: 'requests' | 'limits') =>
    all.flatMap(({ resources }) => parseQuantity(resources?.[of]?.[amount] ?? '') ?? []);
  const sum = (values: readonly number[]) => unit * values.reduce((whole, value) => whole + value, 0);
  const [requests, limits] = [told('requests'), told('limits')];
  const bounds: Bound[] = [];
  if (requests.length > 0) bounds.push({ kind: 'request', value: sum(requests) });
  if (limits.length > 0 && limits.length === all.length) bounds.push({ kind: 'limit', value: sum(limits) });
  return bounds;
}

export function NodeUsage({ cluster, object }: DetailProps) {
  return <UsageCharts cluster={cluster} node={object.metadata.name} />;
}

export function PodUsage({ cluster, object }: DetailProps) {
  const spec = (object.spec ?? {}) as PodSpec;
  return (
    <UsageCharts
      cluster={cluster}
      namespace={object.metadata.namespace}
      pod={object.metadata.name}
      bounds={{ cpu: boundsOf(spec, 'cpu', 1000), memory: boundsOf(spec, 'memory', 1) }}
    />
  );
}
