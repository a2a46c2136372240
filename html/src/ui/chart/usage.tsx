// CPU and memory of a cluster, a node or a pod over time, why there is none, and the same as a table.
import { signal } from '@preact/signals';
import { useEffect, useMemo } from 'preact/hooks';
import { Query } from '../../api/query';
import { type Point, type Sampling, type Subject, samples, samplesPath, sampling } from '../../api/usage';
import { REFRESH_MS } from '../../lib/refresh';
import { t } from '../../texts';
import { usageTexts } from '../../texts/usage';
import { ErrorBox } from '../error';
import { Mark } from '../mark';
import { Segments } from '../select';
import { Waiting } from '../waiting';
import { Chart } from './chart';
import { type Bound, bytes, cores } from './scale';

interface Read {
  points: Point[];
  sampling: Sampling;
  readAt: number;
}

type Reach = 'short' | 'long';

type Bounds = Record<'cpu' | 'memory', readonly Bound[]>;

const NO_BOUNDS: Bounds = { cpu: [], memory: [] };

export function UsageCharts({ bounds = NO_BOUNDS, ...props }: Subject & { bounds?: Bounds }) {
  const path = samplesPath(props);
  const reach = useMemo(() => signal<Reach>('short'), [path]);
  const query = useMemo(() => new Query((stop) => readAll(props, reach.peek(), stop)), [path]);
  useEffect(() => {
    query.load();
    const timer = setInterval(() => {
      if (document.visibilityState === 'visible') query.load();
    }, REFRESH_MS);
    return () => {
      clearInterval(timer);
      query.cancel();
    };
  }, [query]);

  const read = query.data.value;
  const error = query.error.value;
  return (
    <div class="usage">
      {error && (
        <ErrorBox
          slim={read !== undefined}
          failed={usageTexts().failed}
          error={error}
          actions={
            <button type="button" class="button" onClick={() => query.load()}>
              {t().tryAgain}
            </button>
          }
        />
      )}
      {!read && !error && <Waiting what={usageTexts().waiting} onCancel={() => query.cancel()} />}
      {read && props.pod === undefined && (
        <Segments
          label={usageTexts().reach}
          choices={[
            { value: 'short', label: span(read.sampling.kept_seconds) },
            { value: 'long', label: span(read.sampling.long_kept_seconds) },
          ]}
          value={reach.value}
          onChange={(next) => {
            reach.value = next;
            query.renew();
          }}
        />
      )}
      {read && <State sampling={read.sampling} />}
      {read && <Charts read={read} reach={reach.value} bounds={bounds} />}
    </div>
  );
}

async function readAll(subject: Subject, reach: Reach, stop: AbortSignal): Promise<Read> {
  const how = await sampling(subject.cluster, stop);
  const seconds = reach === 'long' ? how.long_kept_seconds : how.kept_seconds;
  return { sampling: how, points: await samples(subject, `${seconds}s`, stop), readAt: Date.now() };
}

function span(seconds: number): string {
  if (seconds % 3600 === 0) return usageTexts().hours(seconds / 3600);
  return usageTexts().minutes(Math.round(seconds / 60));
}

function State({ sampling: { state, source, message } }: { sampling: Sampling }) {
  const words = usageTexts().states[state];
  if (state === 'sampled' && source === 'metrics-server' && message === '') return null;
  return (
    <div class={state === 'sampled' ? 'strip' : 'strip strip-warn'} role="status">
      <Mark mark={state === 'sampled' ? 'ok' : 'bad'} />
      <span class="strip-text">
        {state === 'sampled' && source === 'kubelets' ? usageTexts().fromKubelets : words}
        {message !== '' && <span class="muted"> {message}</span>}
      </span>
    </div>
  );
}

function Charts({ read, reach, bounds }: { read: Read; reach: Reach; bounds: Bounds }) {
  const { sampling: how, points, readAt } = read;
  const stepMs = 1000 * (reach === 'long' ? how.long_step_seconds : how.step_seconds);
  const keptMs = 1000 * (reach === 'long' ? how.long_kept_seconds : how.kept_seconds);
  const axis = { stepMs, from: readAt - keptMs, to: readAt };
  const series = (value: (point: Point) => number) =>
    points.map((point) => ({ at: Date.parse(point.timestamp), value: value(point) }));
  return (
    <>
      <Chart
        label={usageTexts().cpu}
        samples={series((point) => point.cpu)}
        bounds={bounds.cpu}
        format={(value) => cores(value, usageTexts().cores)}
        {...axis}
      />
      <Chart
        label={usageTexts().memory}
        samples={series((point) => point.memory)}
        bounds={bounds.memory}
        binary
        format={bytes}
        {...axis}
      />
      <details>
        <summary>{usageTexts().asTable}</summary>
        <Samples points={points} />
      </details>
    </>
  );
}

function Samples({ points }: { points: readonly Point[] }) {
  if (points.length === 0) return <p class="muted">{usageTexts().noSamples}</p>;
  return (
    <table class="usage-table">
      <thead>
        <tr>
          <th scope="col">{usageTexts().time}</th>
          <th scope="col">{usageTexts().cpu}</th>
          <th scope="col">{usageTexts().memory}</th>
        </tr>
      </thead>
      <tbody>
        {[...points].reverse().map((point) => (
          <tr key={point.timestamp}>
            <th scope="row" class="mono">
              {point.timestamp}
            </th>
            <td class="mono">{cores(point.cpu, usageTexts().cores)}</td>
            <td class="mono">{bytes(point.memory)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
