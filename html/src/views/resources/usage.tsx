// What a node or a pod used, as a tab of its detail.
import { UsageCharts } from '../../ui/chart/usage';
import type { DetailProps } from '../jobs/detail';

export function NodeUsage({ cluster, object }: DetailProps) {
  return <UsageCharts cluster={cluster} node={object.metadata.name} />;
}

export function PodUsage({ cluster, object }: DetailProps) {
  return <UsageCharts cluster={cluster} namespace={object.metadata.namespace} pod={object.metadata.name} />;
}
