// The log of one container: followed, searched, and as far as it is kept here scrolled through.
import { useSignal } from '@preact/signals';
import { Component, type ComponentChildren } from 'preact';
import { useEffect, useLayoutEffect, useMemo, useRef } from 'preact/hooks';
import type { ApiError } from '../../api/error';
import type { KubeObject } from '../../api/types';
import { type LogContainer, logContainersOf } from '../../kinds/containers';
import { count } from '../../lib/format';
import { useKeys } from '../../lib/keys';
import { detail } from '../../texts/object';
import { ErrorBox } from '../../ui/error';
import { Check } from '../../ui/field';
import { Icon } from '../../ui/icons';
import { Mark } from '../../ui/mark';
import { SaveButton } from '../../ui/save';
import { Search } from '../../ui/search';
import '../../styles/log.css';
import { countIn, marked, piecesOf } from './ansi';
import { type Block, KEEP_LINES } from './buffer';
import { type From, LogStream, logUrl } from './follow';

const FROMS: Record<string, From> = {
  '500': { tail: 500 },
  '5000': { tail: 5000 },
  '5m': { seconds: 300 },
  '15m': { seconds: 900 },
  '1h': { seconds: 3600 },
  all: 'all',
};

/** Nearer to the end than this is at the end. */
const NEAR_PX = 24;

export function Logs({ object, path }: { object: KubeObject; path: string }) {
  const containers = logContainersOf(object);
  const chosen = useSignal('');
  const previous = useSignal(false);
  const container = containers.find(({ name }) => name === chosen.value) ?? containers[0];
  const latest = useRef(container);
  latest.current = container;
  if (!container) return null;
  const { name } = container;
  const before = previous.value && container.hasPrevious;
  const log = { path: `${path}/log`, container: name, previous: before };
  return (
    <LogPanel
      name={name}
      file={`${object.metadata.name}-${name}.log`}
      topic={`${path} ${name} ${before}`}
      follows={!before}
      isOver={() => latest.current?.isOver === true}
      url={(from, follow, after) => logUrl({ ...log, from, follow }, after)}
      choice={
        <ContainerChoice
          containers={containers}
          chosen={name}
          onChoose={(next) => {
            chosen.value = next;
          }}
        />
      }
    >
      <Check
        label={detail().logPrevious}
        tip={container.hasPrevious ? undefined : detail().logNoPrevious}
        checked={before}
        disabled={!container.hasPrevious}
        onChange={(on) => {
          previous.value = on;
        }}
      />
    </LogPanel>
  );
}

interface LogPanelProps {
  /** What it is the log of. */
  name: string;
  /** Name of the file when it is saved. */
  file: string;
  /** Another one is another log. */
  topic: string;
  /** Whether it can be followed. */
  follows: boolean;
  /** Of several pods at once, or without times to go on by. */
  many?: boolean;
  /** How much of it can be asked for, when that is less than of a container's. */
  froms?: readonly string[];
  isOver(): boolean;
  url(from: From, follow: boolean, after: string): string;
  choice?: ComponentChildren;
  children?: ComponentChildren;
}

/** A log with everything that can be done with it. */
export function LogPanel(props: LogPanelProps) {
  const { name, file, topic, follows, many, choice, children, froms = Object.keys(FROMS) } = props;
  const from = useSignal('500');
  const follow = useSignal(true);
  const times = useSignal(false);
  const wrap = useSignal(true);
  const query = useSignal('');
  const notSaved = useSignal<ApiError | undefined>(undefined);
  const stream = useMemo(() => {
    const followed = follow.value && follows;
    const start = FROMS[from.value] ?? 'all';
    const { url, isOver } = props;
    return new LogStream({ url: (after) => url(start, followed, after), follow: followed, many, isOver });
  }, [topic, from.value, follow.value]);
  useEffect(() => () => stream.stop(), [stream]);
  return (
    <div class="log">
      <div class="log-tools">
        {choice}
        <select
          class="input select"
          aria-label={detail().logFrom}
          value={from.value}
          onChange={(event) => {
            from.value = event.currentTarget.value;
          }}
        >
          {froms.map((key) => (
            <option key={key} value={key}>
              {detail().logFroms[key]}
            </option>
          ))}
        </select>
        <Check
          label={detail().logFollow}
          checked={follow.value && follows}
          disabled={!follows}
          onChange={(on) => {
            follow.value = on;
          }}
        />
        {children}
        <Check
          label={detail().logTimes}
          checked={times.value}
          onChange={(on) => {
            times.value = on;
          }}
        />
        <Check
          label={detail().logWrap}
          checked={wrap.value}
          onChange={(on) => {
            wrap.value = on;
          }}
        />
        <SaveButton
          quiet
          label={detail().logDownload}
          tip={detail().logDownloadTip}
          path={props.url('all', false, '')}
          name={file}
          onError={(error) => {
            notSaved.value = error;
          }}
        />
      </div>
      {notSaved.value && <ErrorBox slim failed={detail().logFailed(name)} error={notSaved.value} />}
      <Lines stream={stream} query={query.value} times={times.value} wrap={wrap.value} name={name}>
        {(matches, step) => (
          <Search
            label={detail().logSearch}
            value={query.value}
            matches={matches}
            onInput={(text) => {
              query.value = text;
            }}
            onStep={step}
          />
        )}
      </Lines>
    </div>
  );
}

interface ContainerChoiceProps {
  containers: readonly LogContainer[];
  chosen: string;
  onChoose(name: string): void;
}

function ContainerChoice({ containers, chosen, onChoose }: ContainerChoiceProps) {
  return (
    <select
      class="input select mono"
      aria-label={detail().logContainer}
      value={chosen}
      onChange={(event) => onChoose(event.currentTarget.value)}
    >
      {containers.map(({ name, role }) => (
        <option key={name} value={name}>
          {detail().logContainers[role](name)}
        </option>
      ))}
    </select>
  );
}

interface LinesProps {
  stream: LogStream;
  query: string;
  times: boolean;
  wrap: boolean;
  name: string;
  /** The search, told how many there are and how to go from one to the next. */
  children(matches: number, step: (by: 1 | -1) => number): ComponentChildren;
}

function Lines({ stream, query, times, wrap, name, children }: LinesProps) {
  const box = useRef<HTMLElement>(null);
  const atEnd = useSignal(true);
  /** Lines that had come when the end was last in sight. */
  const read = useSignal(0);
  const current = useRef(-1);
  const blocks = stream.blocks.value;
  const seen = stream.seen.value;
  const matches = useMatches(blocks, query);

  const top = useRef(0);
  const toEnd = () => {
    atEnd.value = true;
    read.value = stream.seen.peek();
    // Blocks get their true height when they come into sight, so the end may be elsewhere once it is reached.
    const settle = (more: number) => {
      const element = box.current;
      if (!element || !atEnd.peek()) return;
      element.scrollTop = element.scrollHeight;
      top.current = element.scrollTop;
      if (more > 0) requestAnimationFrame(() => settle(more - 1));
    };
    settle(3);
  };
  useLayoutEffect(() => {
    if (atEnd.peek()) toEnd();
  }, [blocks, wrap, times]);
  useLayoutEffect(toEnd, [stream]);
  useLayoutEffect(() => {
    current.current = -1;
  }, [query, stream]);

  function step(by: 1 | -1): number {
    const element = box.current;
    const marks = [...(element?.querySelectorAll('mark') ?? [])];
    if (!element || marks.length === 0) return 0;
    marks[current.current]?.removeAttribute('aria-current');
    let from = current.current;
    if (from < 0) {
      // The first step begins where the reader is.
      const edge = element.getBoundingClientRect().top;
      const next = marks.findIndex((mark) => mark.getBoundingClientRect().top >= edge);
      from = by > 0 ? next - 1 : next < 0 ? marks.length : next;
    }
    current.current = (from + by + marks.length) % marks.length;
    const mark = marks[current.current];
    atEnd.value = false;
    mark?.setAttribute('aria-current', 'true');
    mark?.scrollIntoView({ block: 'center' });
    return current.current + 1;
  }
  useKeys([{ keys: 'End', label: detail().logToEnd, run: toEnd }]);

  const classes = ['log-lines', wrap && 'log-wrap', times && 'log-times'].filter(Boolean).join(' ');
  return (
    <>
      <div class="log-bar">
        {children(matches, step)}
        <StateLine stream={stream} />
      </div>
      <Fault stream={stream} name={name} />
      <div class="log-box">
        <section
          class={classes}
          ref={box}
          // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling text must be reachable by keyboard
          tabIndex={0}
          aria-label={detail().logOf(name)}
          onScroll={(event) => {
            const { scrollHeight, scrollTop, clientHeight } = event.currentTarget;
            // Only who scrolls up leaves the end; it may also move away because more has come.
            if (scrollHeight - scrollTop - clientHeight < NEAR_PX) atEnd.value = true;
            else if (scrollTop < top.current) atEnd.value = false;
            top.current = scrollTop;
            if (atEnd.value) read.value = stream.seen.peek();
          }}
        >
          {stream.dropped.value > 0 && <p class="log-note">{detail().logKept(count(KEEP_LINES))}</p>}
          {blocks.map((block) => (
            <BlockView key={block.id} block={block} query={query} />
          ))}
          {blocks.length === 0 && stream.state.value === 'ended' && (
            <p class="log-note">{detail().logEmpty}</p>
          )}
        </section>
        {!atEnd.value && (
          <button type="button" class="button log-down" onClick={toEnd}>
            <Icon name="down" />
            {seen > read.value ? detail().logNew(seen - read.value) : detail().logToEnd}
          </button>
        )}
      </div>
    </>
  );
}

const MARKS = {
  reading: 'progressing',
  following: 'ok',
  again: 'progressing',
  waiting: 'progressing',
  paused: 'unknown',
  crowded: 'unknown',
  ended: 'unknown',
  failed: 'bad',
} as const;

function StateLine({ stream }: { stream: LogStream }) {
  const state = stream.state.value;
  return (
    <span class="log-state">
      <Mark mark={MARKS[state]} />
      <span role="status">{detail().logStates[state]}</span>
      <span class="log-count">{detail().logCount(count(stream.seen.value - stream.dropped.value))}</span>
    </span>
  );
}

function Fault({ stream, name }: { stream: LogStream; name: string }) {
  const error = stream.error.value;
  if (!error) return null;
  // A container that has not started says so in the answer; that is no fault of reading.
  if (stream.state.value === 'waiting') {
    return (
      <div class="strip" role="status">
        <Mark mark="progressing" />
        <span class="strip-text">{error.message}</span>
      </div>
    );
  }
  return <ErrorBox slim={stream.blocks.value.length > 0} failed={detail().logFailed(name)} error={error} />;
}

const counts = new WeakMap<Block, { query: string; matches: number }>();

function useMatches(blocks: readonly Block[], query: string): number {
  return useMemo(() => {
    if (query === '') return 0;
    let sum = 0;
    for (const block of blocks) {
      const known = counts.get(block);
      const matches =
        known?.query === query
          ? known.matches
          : block.lines.reduce((all, line) => all + countIn(line.text, query), 0);
      counts.set(block, { query, matches });
      sum += matches;
    }
    return sum;
  }, [blocks, query]);
}

interface BlockProps {
  block: Block;
  query: string;
}

/** Drawn again only when it has changed, or when something else is searched for. */
class BlockView extends Component<BlockProps> {
  override shouldComponentUpdate(next: BlockProps): boolean {
    return next.block !== this.props.block || next.query !== this.props.query;
  }

  render({ block, query }: BlockProps) {
    return (
      <div class="log-block">
        {block.lines.map((line, index) => (
          <div class="log-line" key={index}>
            {line.origin && <span class="log-origin">{line.origin}</span>}
            <span class="log-time">{line.time}</span>
            {marked(piecesOf(line.text), query).map(({ text, look, found }, place) =>
              found ? (
                <mark key={place} class={look || undefined}>
                  {text}
                </mark>
              ) : look === '' ? (
                text
              ) : (
                <span key={place} class={look}>
                  {text}
                </span>
              ),
            )}
            {'\n'}
          </div>
        ))}
      </div>
    );
  }
}
