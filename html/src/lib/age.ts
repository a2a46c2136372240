// Durations as kubectl prints them: two units while the first is small, one afterwards.

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const YEAR = 365 * DAY;

function pair(big: number, bigUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${big}${bigUnit}` : `${big}${bigUnit}${small}${smallUnit}`;
}

/** Milliseconds to "45s", "3m20s", "12m", "5h2m", "9h", "3d4h", "40d", "2y30d", "9y". */
export function duration(ms: number): string {
  if (ms < 0) return '0s'; // clocks differ a little; nothing is younger than now
  const seconds = Math.floor(ms / SECOND);
  if (seconds < 120) return `${seconds}s`;
  const minutes = Math.floor(ms / MINUTE);
  if (minutes < 10) return pair(minutes, 'm', seconds % 60, 's');
  if (minutes < 180) return `${minutes}m`;
  const hours = Math.floor(ms / HOUR);
  if (hours < 8) return pair(hours, 'h', minutes % 60, 'm');
  if (hours < 48) return `${hours}h`;
  const days = Math.floor(ms / DAY);
  if (hours < 192) return pair(days, 'd', hours % 24, 'h');
  if (days < 365 * 2) return `${days}d`;
  const years = Math.floor(ms / YEAR);
  if (years < 8) return pair(years, 'y', days % 365, 'd');
  return `${years}y`;
}

/** Age of an RFC 3339 time, or nothing when there is none to tell. */
export function age(time: string | undefined | null, now: number): string {
  const then = time ? Date.parse(time) : Number.NaN;
  return Number.isNaN(then) ? '' : duration(now - then);
}

const UNITS: Record<string, number> = { s: SECOND, m: MINUTE, h: HOUR, d: DAY, y: YEAR };

/** The way back, for sorting the durations an API server has already written: "3d4h" to milliseconds. */
export function parseDuration(text: string): number | undefined {
  if (!/^(\d+[smhdy])+$/.test(text)) return undefined;
  let sum = 0;
  for (const [, amount, unit] of text.matchAll(/(\d+)([smhdy])/g))
    sum += Number(amount) * (UNITS[unit ?? ''] ?? 0);
  return sum;
}

/** The exact time for a tooltip, in the reader's zone with UTC beside it. */
export function exact(time: string | undefined | null, locale?: string): string {
  const then = time ? new Date(time) : undefined;
  if (!then || Number.isNaN(then.getTime())) return '';
  const local = then.toLocaleString(locale, { dateStyle: 'medium', timeStyle: 'long' });
  return `${local} · ${then.toISOString().replace('.000', '')}`;
}

/** 12:03:07, as clocks on instruments show it. */
export function clock(ms: number): string {
  const time = new Date(ms);
  return [time.getHours(), time.getMinutes(), time.getSeconds()]
    .map((part) => String(part).padStart(2, '0'))
    .join(':');
}
