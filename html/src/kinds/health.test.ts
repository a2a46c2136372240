import { describe, expect, it } from 'vitest';
import { containersOf } from './containers';
import { type Mark, markOf, podHealth, ratioMark } from './health';

describe('markOf', () => {
  const words: [string, Mark][] = [
    ['Running', 'ok'],
    ['Ready', 'ok'],
    ['ACTIVE', 'ok'],
    ['Bound', 'ok'],
    ['True', 'ok'],
    ['Pending', 'progressing'],
    ['CREATING', 'progressing'],
    ['Init:0/2', 'progressing'],
    ['Terminating', 'progressing'],
    ['Ready,SchedulingDisabled', 'progressing'],
    ['CrashLoopBackOff', 'bad'],
    ['ImagePullBackOff', 'bad'],
    ['ErrImagePull', 'bad'],
    ['Init:Error', 'bad'],
    ['Init:CrashLoopBackOff', 'bad'],
    ['OOMKilled', 'bad'],
    ['NotReady', 'bad'],
    ['NotReady,SchedulingDisabled', 'bad'],
    ['FAILED', 'bad'],
    ['False', 'bad'],
    ['Signal:9', 'bad'],
    ['ExitCode:1', 'bad'],
    ['Warning', 'bad'],
    ['Completed', 'unknown'],
    ['Unknown', 'unknown'],
    ['Frobnicating', 'unknown'],
    ['', 'unknown'],
  ];
  it.each(words)('%s is %s', (word, mark) => {
    expect(markOf(word)).toBe(mark);
  });
});

describe('podHealth', () => {
  const minute = 60_000;
  it('wants all containers ready, after a minute to start', () => {
    expect(podHealth('Running', '2/2', 10 * minute)).toBe('ok');
    expect(podHealth('Running', '1/2', minute / 2)).toBe('progressing');
    expect(podHealth('Running', '1/2', 2 * minute)).toBe('bad');
  });
  it('lets a pod wait five minutes', () => {
    expect(podHealth('Pending', '0/1', 4 * minute)).toBe('progressing');
    expect(podHealth('Pending', '0/1', 6 * minute)).toBe('bad');
    expect(podHealth('Terminating', '0/1', 60 * minute)).toBe('progressing');
    expect(podHealth('Completed', '0/1', 60 * minute)).toBe('unknown');
  });
});

it('judges replicas', () => {
  expect(ratioMark('3/3')).toBe('ok');
  expect(ratioMark('2/3')).toBe('progressing');
  expect(ratioMark('0/3')).toBe('bad');
  expect(ratioMark('0/0')).toBe('ok');
  expect(ratioMark('<none>')).toBe('unknown');
});

it('puts broken containers first and says why', () => {
  const pod = {
    kind: 'Pod',
    metadata: { name: 'x' },
    spec: {
      initContainers: [{ name: 'init' }],
      containers: [{ name: 'ok' }, { name: 'bad' }, { name: 'gone' }, { name: 'new' }],
    },
    status: {
      initContainerStatuses: [{ name: 'init', state: { terminated: { exitCode: 0, reason: 'Completed' } } }],
      containerStatuses: [
        { name: 'ok', ready: true, state: { running: {} } },
        {
          name: 'bad',
          restartCount: 3,
          state: { waiting: { reason: 'CrashLoopBackOff', message: 'back-off' } },
        },
        { name: 'gone', state: { terminated: { exitCode: 137, reason: 'OOMKilled' } } },
      ],
    },
  };
  const states = containersOf(pod);
  expect(states.map((one) => one.name)).toEqual(['bad', 'gone', 'init', 'new', 'ok']);
  expect(states[0]).toMatchObject({
    state: 'CrashLoopBackOff',
    message: 'back-off',
    restarts: 3,
    mark: 'bad',
  });
  expect(states[1]).toMatchObject({ state: 'OOMKilled (137)', mark: 'bad' });
  expect(containersOf({ kind: 'Node', metadata: { name: 'n' } })).toEqual([]);
});
