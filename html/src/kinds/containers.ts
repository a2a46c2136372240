// The containers of a pod with what each is doing, the broken ones first.
import type { KubeObject } from '../api/types';
import { type Mark, markOf, SEVERITY } from './health';

export interface ContainerState {
  name: string;
  image: string;
  state: string;
  message: string;
  restarts: number;
  mark: Mark;
}

interface StatusPart {
  name?: string;
  image?: string;
  ready?: boolean;
  restartCount?: number;
  state?: Record<string, { reason?: string; message?: string; exitCode?: number } | undefined>;
}

function list(value: unknown): StatusPart[] {
  return Array.isArray(value) ? (value as StatusPart[]) : [];
}

function describe(name: string, image: string, status: StatusPart | undefined): ContainerState {
  const base = { name, image, restarts: status?.restartCount ?? 0, message: '' };
  const { waiting, terminated, running } = status?.state ?? {};
  if (waiting) {
    const state = waiting.reason ?? 'Waiting';
    return { ...base, state, message: waiting.message ?? '', mark: markOf(state) };
  }
  if (terminated) {
    const failed = (terminated.exitCode ?? 0) !== 0;
    const reason = terminated.reason ?? (failed ? 'Error' : 'Completed');
    const state = failed ? `${reason} (${terminated.exitCode})` : reason;
    return { ...base, state, message: terminated.message ?? '', mark: failed ? 'bad' : 'unknown' };
  }
  if (running)
    return {
      ...base,
      state: status?.ready ? 'Running' : 'NotReady',
      mark: status?.ready ? 'ok' : 'progressing',
    };
  return { ...base, state: '', mark: 'unknown' };
}

export function containersOf(object: KubeObject): ContainerState[] {
  if (object.kind !== 'Pod') return [];
  const spec = (object.spec ?? {}) as Record<string, unknown>;
  const status = (object.status ?? {}) as Record<string, unknown>;
  const out: ContainerState[] = [];
  for (const [specs, statuses] of [
    ['initContainers', 'initContainerStatuses'],
    ['containers', 'containerStatuses'],
    ['ephemeralContainers', 'ephemeralContainerStatuses'],
  ] as const) {
    const states = new Map(list(status[statuses]).map((part) => [part.name, part]));
    for (const part of list(spec[specs])) {
      out.push(describe(part.name ?? '', part.image ?? '', states.get(part.name)));
    }
  }
  return out.sort((a, b) => SEVERITY[a.mark] - SEVERITY[b.mark]);
}

export type ContainerRole = 'init' | 'main' | 'ephemeral';

export interface LogContainer {
  name: string;
  role: ContainerRole;
  /** There was one before it that has ended. */
  hasPrevious: boolean;
  /** It has ended, and nothing will start it again. */
  isOver: boolean;
}

const DEFAULT_CONTAINER = 'kubectl.kubernetes.io/default-container';

/** The containers of a pod that have logs, the one that people mean first, the others in the pod's own order. */
export function logContainersOf(object: KubeObject): LogContainer[] {
  const spec = (object.spec ?? {}) as Record<string, unknown>;
  const status = (object.status ?? {}) as Record<string, unknown>;
  const done = status.phase === 'Succeeded' || status.phase === 'Failed';
  const from = (role: ContainerRole, specs: string, statuses: string): LogContainer[] => {
    const states = new Map(list(status[statuses]).map((part) => [part.name, part]));
    return list(spec[specs]).map(({ name = '' }) => {
      const state = states.get(name);
      const exited = state?.state?.terminated;
      return {
        name,
        role,
        hasPrevious: (state?.restartCount ?? 0) > 0,
        isOver: exited !== undefined && (done || (role !== 'main' && exited.exitCode === 0)),
      };
    });
  };
  const meant = object.metadata.annotations?.[DEFAULT_CONTAINER];
  const main = from('main', 'containers', 'containerStatuses');
  main.sort((a, b) => Number(b.name === meant) - Number(a.name === meant));
  return [
    ...main,
    ...from('init', 'initContainers', 'initContainerStatuses'),
    ...from('ephemeral', 'ephemeralContainers', 'ephemeralContainerStatuses'),
  ];
}
