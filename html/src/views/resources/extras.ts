// What some kinds show and offer beyond what all do; it comes with files of its own.
import type { ComponentType } from 'preact';
import { detail } from '../../texts/object';
import { lazy } from '../../ui/lazy';
import type { DetailProps } from '../jobs/detail';

interface Extra {
  /** First in the summary. */
  Summary?: ComponentType<DetailProps>;
  /** Beside "Edit" and "Delete". */
  Actions?: ComponentType<DetailProps>;
  tab?: { id: string; label(): string; Panel: ComponentType<DetailProps> };
}

const jobs = () => import('../jobs/detail');
const usage = () => import('./usage');

export const EXTRAS: Record<string, Extra | undefined> = {
  'jobs.batch': {
    Summary: lazy(() => jobs().then((part) => part.JobSummary)),
    Actions: lazy(() => jobs().then((part) => part.JobActions)),
    tab: {
      id: 'logs',
      label: () => detail().tabs.logs,
      Panel: lazy(() => import('../logs/job').then((part) => part.JobLogs)),
    },
  },
  'cronjobs.batch': {
    Actions: lazy(() => jobs().then((part) => part.CronActions)),
    tab: {
      id: 'jobs',
      label: () => detail().tabs.jobs,
      Panel: lazy(() => jobs().then((part) => part.CronJobs)),
    },
  },
  nodes: {
    tab: {
      id: 'usage',
      label: () => detail().tabs.usage,
      Panel: lazy(() => usage().then((part) => part.NodeUsage)),
    },
  },
  pods: {
    Actions: lazy(() => import('../terminal/actions').then((part) => part.PodActions)),
    tab: {
      id: 'usage',
      label: () => detail().tabs.usage,
      Panel: lazy(() => usage().then((part) => part.PodUsage)),
    },
  },
  namespaces: { Summary: lazy(() => jobs().then((part) => part.NamespaceSummary)) },
};
