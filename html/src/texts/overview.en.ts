// English texts of a cluster's overview.
import { plural } from './plural';

export const en = {
  waiting: (cluster: string) => `Waiting for ${cluster} to say how it stands.`,
  boardFailed: (cluster: string) => `How ${cluster} stands could not be read.`,
  boardOld: (time: string) => `This could not be read again. You see it as of ${time}.`,
  needs: 'This needs the right to list deployments, stateful sets, daemon sets, replica sets and pods.',
  missing: (what: string) => `Could not be read: ${what}.`,
  missingMany: (what: string, more: string) => `Could not be read: ${what} and ${more} more.`,

  attention: 'What is broken',
  allWell: 'Everything that should run is ready.',
  allWellPartial: 'Nothing is broken in what could be read.',
  more: (n: number) => plural(n, 'One more is not ready', `${n} more are not ready`),
  kinds: {
    Node: 'Node',
    Deployment: 'Deployment',
    StatefulSet: 'Stateful set',
    DaemonSet: 'Daemon set',
    ReplicaSet: 'Replica set',
    Pod: 'Pod',
  },

  running: 'What runs',
  deployment: 'Deployments',
  statefulset: 'Stateful sets',
  daemonset: 'Daemon sets',
  replicaset: 'Replica sets',
  pod: 'Pods',
  kind: 'Kind',
  ready: 'Ready',
  readyOf: (ready: string, all: string) => `${ready} of ${all}`,
  succeeded: (n: string) => `${n} done`,
  noneOf: 'none',

  usage: 'What is used',
  usedOverTime: 'Used over time',
  amounts: { cpu: 'CPU', memory: 'Memory', storage: 'Storage', pods: 'Pods' },
  used: {
    cpu: (used: string, all: string) => `${used} of ${all} cores`,
    memory: (used: string, all: string) => `${used} of ${all} GiB`,
    storage: (used: string, all: string) => `${used} of ${all} GiB`,
    pods: (used: string, all: string) => `${used} of ${all}`,
  },
  has: {
    cpu: (all: string) => `${all} cores`,
    memory: (all: string) => `${all} GiB`,
    storage: (all: string) => `${all} GiB`,
    pods: (all: string) => all,
  },
  notKnown: 'not known',
  percent: (value: string) => `${value} %`,

  nodes: 'Nodes, the fullest first',
  node: 'Node',
  status: 'Status',
  cordoned: 'cordoned',
  allNodes: (n: string) => `All ${n} nodes`,
};
