import { describe, expect, it } from 'vitest';
import { applyEvents, EventReader, isLater, placesOf, type RowEvent, readEvent } from './events';
import type { TableRow } from './types';

const row = (name: string, namespace = 'a', word = ''): TableRow => ({
  cells: [name, word],
  name,
  namespace,
  uid: `${namespace}-${name}`,
});
const event = (of: TableRow, gone = false): RowEvent => ({ row: of, gone, version: '9', metadata: {} });
const namesOf = (rows: readonly TableRow[]) => rows.map((one) => `${one.namespace}/${one.name}`);

const change = (type: string, metadata: object, columnDefinitions: unknown = null) => ({
  event: 'change',
  id: 'pods:7',
  data: JSON.stringify({
    kind: 'pods',
    type,
    object: { kind: 'Table', columnDefinitions, rows: [{ cells: ['x'], object: { metadata } }] },
  }),
});
const state = (data: object) => ({ event: 'state', id: '', data: JSON.stringify({ kind: 'pods', ...data }) });

describe('the lines of a stream', () => {
  it('are events where a line is empty; comments and unknown fields are nothing', () => {
    const reader = new EventReader();
    const lines = ['retry: 1000', '', ': here', '', 'event: change', 'id: a:1', 'data: {"x": ":"}', ''];
    expect(lines.map((line) => reader.push(line)).filter(Boolean)).toEqual([
      { event: 'change', id: 'a:1', data: '{"x": ":"}' },
    ]);
    expect(reader.push('')).toBeUndefined();
  });

  it('say by their ids where each kind stands', () => {
    expect(placesOf('pods@a:12,jobs.batch:9')).toEqual([
      ['pods@a', '12'],
      ['jobs.batch', '9'],
    ]);
    expect(placesOf('')).toEqual([]);
  });
});

describe('an event of a stream', () => {
  it('is the row it is about, with the version to go on from', () => {
    const metadata = { name: 'x', namespace: 'a', uid: 'u', resourceVersion: '12', creationTimestamp: 't' };
    expect(readEvent(change('MODIFIED', metadata))).toEqual({
      kind: 'pods',
      said: {
        what: 'rows',
        columns: undefined,
        events: [
          {
            gone: false,
            version: '12',
            metadata,
            row: { cells: ['x'], name: 'x', namespace: 'a', uid: 'u', creation_time: 't' },
          },
        ],
      },
    });
    expect(readEvent(change('DELETED', metadata)).said).toMatchObject({ events: [{ gone: true }] });
  });

  it.each([
    ['a bookmark', change('BOOKMARK', {}), { what: 'bookmark' }],
    ['a new beginning', { event: 'reset', id: '', data: '{"kind":"pods"}' }, { what: 'reset' }],
    ['how it stands', state({ state: 'live' }), { what: 'state', state: 'live' }],
    [
      'an object that is no table',
      { event: 'change', id: '', data: '{"type":"ADDED","object":{"kind":"Pod"}}' },
      { what: 'foreign' },
    ],
  ])('can be %s', (_, event, said) => {
    expect(readEvent(event).said).toEqual(said);
  });

  it('that is cut off is an error', () => {
    expect(() => readEvent({ event: 'change', id: '', data: '{"type":"ADD' })).toThrow();
  });
});

describe('rows after events', () => {
  const rows = [row('b'), row('d'), row('a', 'c')];

  it('change in their places, and say what they were', () => {
    const changed = row('d', 'a', 'new');
    const out = applyEvents(rows, [event(changed)], []);
    expect(namesOf(out.rows)).toEqual(['a/b', 'a/d', 'c/a']);
    expect(out.rows[1]).toBe(changed);
    expect(out.before).toEqual([rows[1]]);
    expect(out.after).toEqual([changed]);
    expect(out.rows[0]).toBe(rows[0]);
  });

  it('come where the server lists them', () => {
    const added = ['e', 'a', 'c'].map((name) => event(row(name)));
    const out = applyEvents(rows, [...added, event(row('z', 'b'))], []);
    expect(namesOf(out.rows)).toEqual(['a/a', 'a/b', 'a/c', 'a/d', 'a/e', 'b/z', 'c/a']);
    expect(out.after).toEqual([]);
  });

  it('keep the order in which namespaces were chosen', () => {
    const out = applyEvents(
      [row('x', 'c'), row('x', 'a')],
      [event(row('b', 'a')), event(row('y', 'c'))],
      ['c', 'a'],
    );
    expect(namesOf(out.rows)).toEqual(['c/x', 'c/y', 'a/b', 'a/x']);
  });

  it('go when they are gone, and of several events the last counts', () => {
    const out = applyEvents(
      rows,
      [event(row('b', 'a', 'new')), event(row('b'), true), event(row('q'), true)],
      [],
    );
    expect(namesOf(out.rows)).toEqual(['a/d', 'c/a']);
    const back = applyEvents(rows, [event(row('b'), true), event(row('b', 'a', 'back'))], []);
    expect(namesOf(back.rows)).toEqual(['a/b', 'a/d', 'c/a']);
  });
});

describe('versions', () => {
  it.each([
    ['10', '9', true],
    ['9', '10', false],
    ['10', '10', false],
    ['18446744073709551616', '18446744073709551615', true],
    ['abc', '10', true],
    ['11', '', true],
  ])('%s after %s: %s', (version, than, later) => {
    expect(isLater(version, than)).toBe(later);
  });
});
