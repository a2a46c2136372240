// English texts of usage charts.
import { plural } from './plural';

export const en = {
  cpu: 'CPU',
  memory: 'Memory',
  cores: (count: string) => (count === '1' ? '1 core' : `${count} cores`),
  time: 'Time',
  reach: 'How far back',
  hours: (n: number) => `${n} ${plural(n, 'hour', 'hours')}`,
  minutes: (n: number) => `${n} min`,
  asTable: 'The samples as a table',
  noSamples: 'No samples',
  bounds: {
    request: (value: string) => `request ${value}`,
    limit: (value: string) => `limit ${value}`,
  },
  chartOf: (label: string, gaps: number) =>
    gaps === 0
      ? `${label}, sample by sample`
      : `${label}, sample by sample, with ${gaps} ${plural(gaps, 'gap', 'gaps')}`,
  waiting: 'Waiting for what was used.',
  failed: 'What was used could not be read.',
  fromKubelets: 'The cluster has no metrics API: this is what its kubelets say.',
  states: {
    sampled: 'Not all could be sampled.',
    absent: 'The cluster has no metrics API. Install metrics-server in it.',
    forbidden: 'The connection’s identity may not read what is used.',
    unavailable: 'There is no sample just now: it is tried again.',
    unknown: 'Nobody has sampled this cluster of late. Is eksgate agent running?',
    off: 'Sampling is switched off (EKSGATE_USAGE_STEP_SECONDS).',
  } as Record<string, string>,
};
