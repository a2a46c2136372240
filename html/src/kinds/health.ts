// From the words an API server prints to the four marks of the interface.

export type Mark = 'ok' | 'progressing' | 'bad' | 'unknown';

export interface Health {
  mark: Mark;
  word: string;
}

/** The order in which a reader wants them: faults first. */
export const SEVERITY: Record<Mark, number> = { bad: 0, progressing: 1, unknown: 2, ok: 3 };

const OK = new Set([
  'running',
  'ready',
  'active',
  'bound',
  'available',
  'succeeded',
  'complete',
  'true',
  'healthy',
  'synced',
  'deployed',
  'established',
  'approved,issued',
  'normal',
  'up',
  'connected',
  'passed',
  'passing',
  'successful',
]);
const PROGRESSING = new Set([
  'pending',
  'containercreating',
  'podinitializing',
  'terminating',
  'creating',
  'updating',
  'deleting',
  'progressing',
  'released',
  'suspended',
  'reconciling',
  'provisioning',
  'schedulinggated',
  'waiting',
  'starting',
  'upgrading',
  'inprogress',
]);
const GONE = new Set([
  'completed',
  'unknown',
  'none',
  '',
  '<none>',
  '<unknown>',
  'disconnected',
  'inactive',
  'superseded',
  'cancelled',
]);

const BAD =
  /(error|^err|fail|backoff|crash|evicted|oomkilled|notready|lost|invalid|unhealthy|degraded|deadline|shutdown|impaired|warning|unreachable|cannot|false|expired|denied|dead|missing|down)/;

/** The mark for a status word of any kind. */
export function markOf(word: string): Mark {
  const lower = word.toLowerCase();
  if (OK.has(lower)) return 'ok';
  if (PROGRESSING.has(lower)) return 'progressing';
  if (GONE.has(lower)) return 'unknown';
  if (BAD.test(lower.replaceAll(' ', ''))) return 'bad';
  if (/^init:\d+\/\d+$/.test(lower)) return 'progressing';
  if (lower.startsWith('ready,')) return 'progressing'; // a cordoned node: Ready,SchedulingDisabled
  if (lower.startsWith('signal:') || lower.startsWith('exitcode:')) return 'bad';
  return 'unknown';
}

/** "2/3" as numbers. */
export function ratio(text: string): { have: number; want: number } | undefined {
  const match = /^(\d+)\/(\d+)$/.exec(text);
  return match ? { have: Number(match[1]), want: Number(match[2]) } : undefined;
}

const STARTING_MS = 60_000;
const WAITING_MS = 5 * 60_000;

/** A pod runs well only when all its containers are ready, and may take only so long to get there. */
export function podHealth(status: string, ready: string, ageMs: number): Mark {
  const mark = markOf(status);
  const containers = ratio(ready);
  if (mark === 'ok' && status === 'Running' && containers && containers.have < containers.want) {
    return ageMs > STARTING_MS ? 'bad' : 'progressing';
  }
  if (mark === 'progressing' && status !== 'Terminating' && ageMs > WAITING_MS) return 'bad';
  return mark;
}

/** Ready against wanted replicas. Nothing wanted is nothing wrong. */
export function ratioMark(text: string): Mark {
  const replicas = ratio(text);
  if (!replicas) return 'unknown';
  if (replicas.have >= replicas.want) return 'ok';
  return replicas.have === 0 ? 'bad' : 'progressing';
}
