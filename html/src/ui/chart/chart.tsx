// One line over time. A step without a sample is left white between hatched edges: a gap is seen, never bridged. The
// value under the pointer, or chosen with the arrow keys, is told in words; the table below holds all of them.
import { useSignal } from '@preact/signals';
import { useEffect, useId, useRef } from 'preact/hooks';
import { usageTexts } from '../../texts/usage';
import { axisEnd, type Bound, gapsOf, mostOf, nearest, runsOf, type Sample } from './scale';
import '../../styles/chart.css';

interface ChartProps {
  label: string;
  samples: readonly Sample[];
  bounds: readonly Bound[];
  stepMs: number;
  /** Milliseconds: what the axis shows. */
  from: number;
  to: number;
  /** 1024 makes a unit. */
  binary?: boolean;
  format(value: number): string;
}

const HEIGHT = 132;
const LEFT = 72;
const TOP = 8;
const BOTTOM = 20;
const LINES = [0, 0.5, 1];

function time(at: number): string {
  const moment = new Date(at);
  return [moment.getHours(), moment.getMinutes()].map((part) => String(part).padStart(2, '0')).join(':');
}

export function Chart({ label, samples, bounds, stepMs, from, to, binary = false, format }: ChartProps) {
  const frame = useRef<HTMLDivElement>(null);
  const width = useSignal(480);
  const chosen = useSignal<number | undefined>(undefined);
  const hatch = useId();
  useEffect(() => {
    const element = frame.current;
    if (!element) return;
    const observer = new ResizeObserver(() => {
      width.value = Math.max(160, element.clientWidth);
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, []);

  const end = axisEnd(mostOf(samples, bounds), binary);
  const bottom = HEIGHT - BOTTOM;
  const x = (at: number) => LEFT + ((width.value - LEFT - 4) * (at - from)) / Math.max(1, to - from);
  const y = (value: number) => bottom - ((bottom - TOP) * value) / end;
  const index = Math.min(chosen.value ?? samples.length - 1, samples.length - 1);
  const shown = samples[index];
  const told = shown ? `${time(shown.at)} · ${format(shown.value)}` : usageTexts().noSamples;
  const gaps = gapsOf(samples, stepMs, from, to);

  function onKeyDown(event: KeyboardEvent): void {
    const moves: Record<string, number> = {
      ArrowLeft: index - 1,
      ArrowRight: index + 1,
      Home: 0,
      End: samples.length - 1,
    };
    const next = moves[event.key];
    if (next === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    chosen.value = Math.max(0, Math.min(samples.length - 1, next));
  }

  function onPointerMove(event: PointerEvent): void {
    const left = frame.current?.getBoundingClientRect().left ?? 0;
    const share = (event.clientX - left - LEFT) / Math.max(1, width.value - LEFT - 4);
    if (samples.length > 0) chosen.value = nearest(samples, from + share * (to - from));
  }

  return (
    <figure class="chart">
      <figcaption>
        <span>
          {label}
          {bounds.map(({ kind, value }) => (
            <span key={kind} class="chart-value">
              {' · '}
              {usageTexts().bounds[kind](format(value))}
            </span>
          ))}
        </span>
        <span class="chart-value mono">{told}</span>
      </figcaption>
      <div
        ref={frame}
        class="chart-paper"
        role="slider"
        tabIndex={0}
        aria-label={usageTexts().chartOf(label, gaps.length)}
        aria-valuemin={0}
        aria-valuemax={Math.max(0, samples.length - 1)}
        aria-valuenow={Math.max(0, index)}
        aria-valuetext={told}
        onKeyDown={onKeyDown}
        onPointerMove={onPointerMove}
        onPointerLeave={() => {
          chosen.value = undefined;
        }}
      >
        <svg width={width.value} height={HEIGHT} aria-hidden="true">
          <defs>
            <pattern
              id={hatch}
              width="6"
              height="6"
              patternUnits="userSpaceOnUse"
              patternTransform="rotate(45)"
            >
              <path class="chart-hatch" d="M0 0V6" />
            </pattern>
          </defs>
          {LINES.map((share) => (
            <g key={share}>
              <path class="chart-line" d={`M${LEFT} ${y(end * share)}H${width.value - 4}`} />
              <text class="chart-mark" x={LEFT - 6} y={y(end * share) + 4} text-anchor="end">
                {format(end * share)}
              </text>
            </g>
          ))}
          {gaps.map((gap) => (
            <rect
              key={gap.from}
              class="chart-gap"
              x={x(gap.from)}
              y={TOP}
              width={Math.max(0, x(gap.to) - x(gap.from))}
              height={bottom - TOP}
              fill={`url(#${hatch})`}
            />
          ))}
          <text class="chart-mark" x={LEFT} y={HEIGHT - 4}>
            {time(from)}
          </text>
          <text class="chart-mark" x={width.value - 4} y={HEIGHT - 4} text-anchor="end">
            {time(to)}
          </text>
          {runsOf(samples, stepMs).map((run) => (
            <Run key={run[0]?.at} run={run} x={x} y={y} bottom={bottom} />
          ))}
          {bounds
            .filter(({ value }) => value <= end)
            .map(({ kind, value }) => (
              <path
                key={kind}
                class={`chart-bound chart-${kind}`}
                d={`M${LEFT} ${y(value)}H${width.value - 4}`}
              />
            ))}
          {shown && chosen.value !== undefined && (
            <g>
              <path class="chart-cursor" d={`M${x(shown.at)} ${TOP}V${bottom}`} />
              <circle class="chart-dot" cx={x(shown.at)} cy={y(shown.value)} r="3.5" />
            </g>
          )}
        </svg>
      </div>
    </figure>
  );
}

interface RunProps {
  run: readonly Sample[];
  x(at: number): number;
  y(value: number): number;
  bottom: number;
}

/** One sample alone is a dot: there is nothing that a line could lead to. */
function Run({ run, x, y, bottom }: RunProps) {
  const first = run[0];
  const last = run.at(-1);
  if (!first || !last) return null;
  if (run.length === 1) return <circle class="chart-dot" cx={x(first.at)} cy={y(first.value)} r="2" />;
  const line = run.map((sample) => `${x(sample.at).toFixed(1)} ${y(sample.value).toFixed(1)}`).join('L');
  return (
    <g>
      <path class="chart-area" d={`M${x(first.at)} ${bottom}L${line}L${x(last.at)} ${bottom}Z`} />
      <path class="chart-run" d={`M${line}`} />
    </g>
  );
}
