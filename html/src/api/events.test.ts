import { describe, expect, it } from 'vitest';
import { applyEvents, isLater, type RowEvent, readEvent } from './events';
import type { TableRow } from './types';

const row = (name: string, namespace = 'a', word = ''): TableRow => ({
  cells: [name, word],
  name,
  namespace,
  uid: `${namespace}-${name}`,
});
const event = (of: TableRow, gone = false): RowEvent => ({ row: of, gone, version: '9' });
const namesOf = (rows: readonly TableRow[]) => rows.map((one) => `${one.namespace}/${one.name}`);

describe('an event of a watch', () => {
  const table = (type: string, metadata: object, columnDefinitions: unknown = null) =>
    JSON.stringify({
      type,
      object: {
        kind: 'Table',
        metadata: { resourceVersion: '7' },
        columnDefinitions,
        rows: [{ cells: ['x'], object: { metadata } }],
      },
    });

  it('is the row it is about, with the version to go on from', () => {
    const metadata = { name: 'x', namespace: 'a', uid: 'u', resourceVersion: '12', creationTimestamp: 't' };
    expect(readEvent(table('MODIFIED', metadata))).toEqual({
      kind: 'rows',
      columns: undefined,
      events: [
        {
          gone: false,
          version: '12',
          row: { cells: ['x'], name: 'x', namespace: 'a', uid: 'u', creation_time: 't' },
        },
      ],
    });
    expect(readEvent(table('DELETED', metadata))).toMatchObject({ events: [{ gone: true }] });
  });

  it.each([
    ['a bookmark', table('BOOKMARK', {}), { kind: 'bookmark', version: '7' }],
    ['an end of memory', '{"type":"ERROR","object":{"kind":"Status","code":410}}', { kind: 'expired' }],
    [
      'another error',
      '{"type":"ERROR","object":{"code":500,"message":"no"}}',
      { kind: 'error', message: 'no' },
    ],
    ['an object that is no table', '{"type":"ADDED","object":{"kind":"Pod"}}', { kind: 'foreign' }],
  ])('can be %s', (_, line, said) => {
    expect(readEvent(line)).toEqual(said);
  });

  it('that is cut off is an error', () => {
    expect(() => readEvent('{"type":"ADD')).toThrow();
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
