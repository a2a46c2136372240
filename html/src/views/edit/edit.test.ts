import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../../api/types';
import { warningsOf } from './apply';
import { diffObjects, find, leftBehind, pathOf, pointerOf, removals } from './diff';
import { conflictsOf, ownersOf } from './owners';
import { readYaml } from './parse';
import { editable, uncovered } from './text';
import { type Edit, indent, newline, outdent } from './typing';

const short = (before: unknown, after: unknown) =>
  diffObjects(before, after).map(({ kind, path, before: was, after: is }) => [kind, path, was, is]);

describe('what is different', () => {
  it.each([
    ['a value', { a: 1 }, { a: 2 }, [['changed', 'a', 1, 2]]],
    ['a type', { a: '1' }, { a: 1 }, [['changed', 'a', '1', 1]]],
    ['a whole part', {}, { a: { b: 1 } }, [['added', 'a', undefined, { b: 1 }]]],
    ['nothing', { a: [1, { b: null }] }, { a: [1, { b: null }] }, []],
    [
      'a key that is no word',
      { a: { 'x.io/y': '1' } },
      { a: {} },
      [['removed', 'a["x.io/y"]', '1', undefined]],
    ],
    [
      'items by their place',
      { a: [1, 2] },
      { a: [1, 3, 4] },
      [
        ['changed', 'a[1]', 2, 3],
        ['added', 'a[2]', undefined, 4],
      ],
    ],
  ])('is %s', (_, before, after, changes) => {
    expect(short(before, after)).toEqual(changes);
  });

  it('is told by what identifies an item, not by its place', () => {
    const before = {
      c: [
        { name: 'a', image: '1' },
        { name: 'b', image: '1' },
      ],
    };
    const after = { c: [{ name: 'new' }, { name: 'b', image: '2' }, { name: 'a', image: '1' }] };
    expect(short(before, after)).toEqual([
      ['changed', 'c[name=b].image', '1', '2'],
      ['added', 'c[name=new]', undefined, { name: 'new' }],
    ]);
    expect(short({ p: [{ port: 80 }] }, { p: [{ port: 80, protocol: 'TCP' }] }).length).toBe(2);
  });

  it('is not what the server keeps for itself', () => {
    const before = {
      metadata: { resourceVersion: '1', generation: 1, managedFields: [], labels: {} },
      status: 1,
    };
    const after = {
      metadata: { resourceVersion: '2', generation: 2, managedFields: [1], labels: {} },
      status: 2,
    };
    expect(diffObjects(before, after)).toEqual([]);
    // Further in, these are ordinary names.
    expect(diffObjects({ spec: { status: 1, uid: 1 } }, { spec: { status: 2, uid: 2 } }).length).toBe(2);
  });
});

describe('what was taken out and stays', () => {
  const text = { l: { keep: '1', gone: '2' }, c: [{ name: 'a', env: [{ name: 'X' }] }, { name: 'b' }] };
  const edited = { l: { keep: '1' }, c: [{ name: 'a' }] };
  const result = { l: { keep: '1', gone: '2' }, c: [{ name: 'z' }, { name: 'b' }, { name: 'a' }] };

  it('is found where it is in the result', () => {
    const left = leftBehind(text, edited, result);
    expect(left.map((change) => change.path)).toEqual(['l.gone', 'c[name=b]']);
    expect(left.map((change) => pointerOf(change.steps))).toEqual(['/l/gone', '/c/1']);
    expect(removals(left, { c: [{ name: 'b' }], l: { gone: '2' } })).toEqual([
      { op: 'remove', path: '/l/gone' },
      { op: 'remove', path: '/c/0' },
    ]);
  });

  it('goes from the end of a list, so that places stay true', () => {
    const items = Array.from({ length: 12 }, (_, index) => ({ name: `n${index}` }));
    const left = leftBehind(
      { c: items },
      { c: items.filter((_, index) => ![2, 10].includes(index)) },
      { c: items },
    );
    expect(removals(left, { c: items }).map((one) => one.path)).toEqual(['/c/10', '/c/2']);
  });

  it('has pointers that any key may stand in', () => {
    const steps = [{ key: 'metadata' }, { key: 'annotations' }, { key: 'a/b~c' }];
    expect(pointerOf(steps)).toBe('/metadata/annotations/a~1b~0c');
    expect(pathOf(steps)).toBe('metadata.annotations["a/b~c"]');
    expect(find({ metadata: { annotations: {} } }, steps)).toBeUndefined();
  });
});

describe('owners', () => {
  const object = {
    metadata: { labels: { a: '1' } },
    spec: { c: [{ name: 'web', image: 'x' }], list: ['q'] },
  };
  const managed = [
    { manager: 'kubectl', fieldsV1: { 'f:metadata': { 'f:labels': { '.': {}, 'f:a': {} } } } },
    { manager: 'hpa', fieldsV1: { 'f:spec': { 'f:c': { 'k:{"name":"web"}': { '.': {}, 'f:image': {} } } } } },
    { manager: 'whole', fieldsV1: { 'f:spec': { 'f:list': {} } } },
    { manager: 'odd', fieldsV1: { 'f:spec': { 'f:c': { 'k:{broken': {} } } } },
  ];

  it.each([
    [['metadata', 'labels', 'a'], ['kubectl']],
    [['metadata', 'labels', 'b'], []],
    [['spec', 'c', 0, 'image'], ['hpa']],
    [['spec', 'list', 0], ['whole']],
  ])('of %j are %j', (path, owners) => {
    const steps = path.map((step) =>
      typeof step === 'number' ? { index: step, id: String(step) } : { key: step },
    );
    expect(ownersOf(managed, object, steps)).toEqual(owners);
  });

  it('are named by a conflict', () => {
    const cause = (reason: string, field: string, message: string) => ({ reason, field, message });
    expect(
      conflictsOf([
        cause(
          'FieldManagerConflict',
          '.spec.replicas',
          'conflict with "kube-controller-manager" with subresource "scale" using apps/v1',
        ),
        cause('FieldManagerConflict', '.data.a', 'conflict with "kubectl" using v1 at 2026-11-21T10:00:00Z'),
        cause('FieldValueInvalid', 'spec', 'no'),
      ]),
    ).toEqual([
      { field: 'spec.replicas', owner: 'kube-controller-manager' },
      { field: 'data.a', owner: 'kubectl' },
    ]);
  });
});

describe('the text of an object', () => {
  const object: KubeObject = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: {
      name: 's',
      uid: 'u',
      resourceVersion: '1',
      creationTimestamp: 't',
      managedFields: [],
      annotations: { 'kubectl.kubernetes.io/last-applied-configuration': '{"data":{"word":"c2VjcmV0"}}' },
    },
    data: { word: 'c2VjcmV0', other: 'YQ==' },
    status: {},
  };

  it('has nothing that is the server’s own, and no value of a Secret', () => {
    const { text } = editable(object);
    expect(text).toBe(
      'apiVersion: v1\nkind: Secret\nmetadata:\n  name: s\ndata:\n  word: "••• word (6 bytes)"\n  other: "••• other (1 bytes)"\n',
    );
  });

  it('is sent with the values that were covered, but for those that were replaced', () => {
    const { text, covered } = editable(object);
    const sent = uncovered(text.replace('"••• other (1 bytes)"', 'Yg=='), covered);
    expect(readYaml(sent).documents[0]).toMatchObject({ data: { word: 'c2VjcmV0', other: 'Yg==' } });
  });

  it('leaves out times that nobody has set', () => {
    const template = { metadata: { creationTimestamp: null, labels: { a: 'b' } } };
    const { text } = editable({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'd' },
      spec: { template },
    });
    expect(text).not.toContain('creationTimestamp');
    expect(text).toContain('a: b');
  });
});

describe('reading YAML', () => {
  it('says where it cannot be read', () => {
    expect(readYaml('a: 1\nb:\n  c: [1, 2\nd: 3\n').faults[0]).toMatchObject({ line: 4 });
    expect(readYaml('a: 1\na: 2\n').faults[0]).toMatchObject({ line: 2, column: 1 });
  });

  it('reads several documents, passes over empty ones, and JSON is YAML', () => {
    expect(readYaml('---\na: 1\n---\n---\nb: 2\n').documents).toEqual([{ a: 1 }, { b: 2 }]);
    expect(readYaml('{"a": [1]}').documents).toEqual([{ a: [1] }]);
    expect(readYaml('').documents).toEqual([]);
  });

  it('does not unfold a bomb of aliases', () => {
    const levels = Array.from({ length: 10 }, (_, i) => `a${i + 1}: &a${i + 1} [${`*a${i},`.repeat(9)}]`);
    const { faults } = readYaml(['a0: &a0 [x,x,x,x]', ...levels].join('\n'));
    expect(faults.length).toBe(1);
  });
});

describe('typing', () => {
  const typed = (text: string, edit: Edit) => {
    const whole = text.slice(0, edit.from) + edit.insert + text.slice(edit.to);
    return `${whole.slice(0, edit.start)}|${whole.slice(edit.start, edit.end)}|${whole.slice(edit.end)}`;
  };

  it('Tab goes to the next stop, or moves the lines that are chosen', () => {
    expect(typed('a', indent('a', 1, 1))).toBe('a ||');
    expect(typed('', indent('', 0, 0))).toBe('  ||');
    expect(typed('a\nb\nc', indent('a\nb\nc', 0, 3))).toBe('  |a\n  b|\nc');
    expect(typed('a\nb\nc', indent('a\nb\nc', 0, 2))).toBe('  |a\n|b\nc');
  });

  it('Shift Tab moves them back, as far as they go', () => {
    expect(typed('    a\n b', outdent('    a\n b', 4, 7))).toBe('  |a\n|b');
    expect(typed('a', outdent('a', 1, 1))).toBe('a||');
  });

  it('Enter keeps the depth, and goes in after what opens', () => {
    expect(typed('  a: 1', newline('  a: 1', 6, 6))).toBe('  a: 1\n  ||');
    expect(typed('  a:', newline('  a:', 4, 4))).toBe('  a:\n    ||');
    expect(typed('  a: |', newline('  a: |', 6, 6))).toBe('  a: |\n    ||');
    expect(typed('  # a:', newline('  # a:', 6, 6))).toBe('  # a:\n  ||');
  });
});

it('reads the texts of warnings', () => {
  expect(warningsOf('299 - "one, two", 299 - "say \\"three\\""')).toEqual(['one, two', 'say "three"']);
  expect(warningsOf(null)).toEqual([]);
});
