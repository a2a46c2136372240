// How long AWS supports the version a cluster runs.
import type { EksVersion } from '../../api/types';
import type { Mark } from '../../kinds/health';

export type Phase = 'standard' | 'extended' | 'ended' | 'unknown';

export interface Support {
  phase: Phase;
  /** When this phase ends, or when support ended; milliseconds. */
  until: number | undefined;
  daysLeft: number;
  mark: Mark;
}

const DAY_MS = 24 * 60 * 60 * 1000;

/** An upgrade takes a team weeks; from here on it should be planned. */
export const WARN_DAYS = 90;

const BY_STATUS: Record<string, Phase> = {
  STANDARD_SUPPORT: 'standard',
  EXTENDED_SUPPORT: 'extended',
  UNSUPPORTED: 'ended',
};

export function supportOf(version: EksVersion | null | undefined, now: number): Support {
  const standard = msOf(version?.endOfStandardSupportDate);
  const extended = msOf(version?.endOfExtendedSupportDate);
  if (standard !== undefined && now < standard) return until('standard', standard, now);
  if (extended !== undefined && now < extended) return until('extended', extended, now);
  const end = extended ?? standard;
  if (end !== undefined) return { phase: 'ended', until: end, daysLeft: 0, mark: 'bad' };
  const phase = BY_STATUS[version?.versionStatus ?? ''] ?? 'unknown';
  const mark = phase === 'standard' ? 'ok' : phase === 'unknown' ? 'unknown' : 'bad';
  return { phase, until: undefined, daysLeft: 0, mark };
}

function until(phase: Phase, end: number, now: number): Support {
  const daysLeft = Math.ceil((end - now) / DAY_MS);
  return { phase, until: end, daysLeft, mark: phase === 'standard' && daysLeft >= WARN_DAYS ? 'ok' : 'bad' };
}

function msOf(seconds: number | undefined): number | undefined {
  return seconds === undefined ? undefined : seconds * 1000;
}
