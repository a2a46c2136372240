// From points to places on paper, and numbers as axes show them. No document here, so that it can be tested by itself.

export interface Sample {
  /** Milliseconds. */
  at: number;
  value: number;
}

/** What may be used, or is asked for. */
export interface Bound {
  kind: 'request' | 'limit';
  value: number;
}

/** A bound that is further away would leave nothing to be seen of what is used: it is told in words only. */
const NEAR = 5;

/** The most that an axis has to show. */
export function mostOf(samples: readonly Sample[], bounds: readonly Bound[]): number {
  const used = Math.max(0, ...samples.map(({ value }) => value));
  return Math.max(used, ...bounds.map(({ value }) => value).filter((value) => value <= NEAR * used));
}

/** Runs of samples that follow each other at most a step and a half apart: between two runs there is a gap. */
export function runsOf(samples: readonly Sample[], stepMs: number): Sample[][] {
  const runs: Sample[][] = [];
  let last: Sample | undefined;
  for (const sample of samples) {
    if (last && sample.at - last.at <= stepMs * 1.5) runs.at(-1)?.push(sample);
    else runs.push([sample]);
    last = sample;
  }
  return runs;
}

export interface Gap {
  from: number;
  to: number;
}

/** The steps of a time that nobody sampled, also before the first sample and after the last. */
export function gapsOf(samples: readonly Sample[], stepMs: number, from: number, to: number): Gap[] {
  const gaps: Gap[] = [];
  let known = from;
  for (const { at } of samples) {
    if (at - known > stepMs * 1.5) gaps.push({ from: known, to: at });
    known = at;
  }
  // The last step is still being sampled.
  if (to - known > stepMs * 2.5) gaps.push({ from: known, to });
  return gaps;
}

/** The end of an axis from 0: 1, 2 or 5 with zeros, or 1, 2, 4, 8… where 1024 makes a unit. */
export function axisEnd(most: number, binary: boolean): number {
  if (!(most > 0)) return 1;
  if (binary) return 2 ** Math.ceil(Math.log2(most));
  const power = 10 ** Math.floor(Math.log10(most));
  return ([1, 2, 5, 10].find((factor) => factor * power >= most) ?? 10) * power;
}

function short(value: number): string {
  const digits = value >= 100 ? 0 : value >= 10 ? 1 : 2;
  return String(Number(value.toFixed(digits)));
}

/** Millicores: "12 m", "1.25 cores". */
export function cores(millicores: number, whole: (count: string) => string): string {
  if (millicores === 0) return '0';
  return millicores < 1000 ? `${short(millicores)} m` : whole(short(millicores / 1000));
}

/** Bytes: "96 MiB", "1.5 GiB". */
export function bytes(value: number): string {
  if (value === 0) return '0';
  if (value < 2 ** 20) return `${short(value / 2 ** 10)} KiB`;
  return value < 2 ** 30 ? `${short(value / 2 ** 20)} MiB` : `${short(value / 2 ** 30)} GiB`;
}

/** The sample that is nearest to a moment. */
export function nearest(samples: readonly Sample[], at: number): number {
  let best = 0;
  samples.forEach((sample, index) => {
    if (Math.abs(sample.at - at) < Math.abs((samples[best]?.at ?? 0) - at)) best = index;
  });
  return best;
}
