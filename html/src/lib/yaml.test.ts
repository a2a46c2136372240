import { describe, expect, it } from 'vitest';
import { toYaml } from './yaml';

describe('toYaml', () => {
  it('writes objects and lists as kubectl does', () => {
    const object = {
      apiVersion: 'v1',
      metadata: { name: 'api', labels: { app: 'api' } },
      spec: { containers: [{ name: 'api', ports: [{ containerPort: 80 }] }], tolerations: [], selector: {} },
    };
    expect(toYaml(object)).toBe(
      [
        'apiVersion: v1',
        'metadata:',
        '  name: api',
        '  labels:',
        '    app: api',
        'spec:',
        '  containers:',
        '  - name: api',
        '    ports:',
        '    - containerPort: 80',
        '  tolerations: []',
        '  selector: {}',
        '',
      ].join('\n'),
    );
  });

  it('writes lists in lists', () => {
    expect(toYaml({ a: [[1, 2], ['x']] })).toBe('a:\n-\n  - 1\n  - 2\n-\n  - x\n');
  });

  const quoted = [
    'yes',
    'No',
    'null',
    '~',
    'true',
    '1',
    '1.5',
    '1e3',
    '0x1F',
    '012',
    '12:30',
    '2026-11-21',
    '-',
    '',
    ' a',
    'a: b',
    '#x',
    '*x',
    '&x',
    '!x',
    '@x',
    '`x',
    "it's",
    'a #b',
    '- x',
    '---',
    '1_000',
    '.5',
    '+1',
  ];
  it.each(quoted)('quotes %j, which YAML would read otherwise', (text) => {
    expect(toYaml({ k: text })).toBe(`k: ${JSON.stringify(text)}\n`);
  });

  const plain = [
    'api',
    'registry.k8s.io/pause:3.9',
    '6f1c2a0e-1111-4222-8333-abcdefabcdef',
    '123.dkr.ecr.eu.amazonaws.com/a:1',
    '-c',
    '--listen',
    'a b c',
    '/var/run',
    'ip-10-0-0-1.ec2.internal',
  ];
  it.each(plain)('leaves %j as it is', (text) => {
    expect(toYaml({ k: text })).toBe(`k: ${text}\n`);
  });

  it('writes several lines as a block that keeps its ends', () => {
    expect(toYaml({ a: 'x\ny' })).toBe('a: |-\n  x\n  y\n');
    expect(toYaml({ a: 'x\ny\n' })).toBe('a: |\n  x\n  y\n');
    expect(toYaml({ a: 'x\ny\n\n', b: 1 })).toBe('a: |+\n  x\n  y\n\nb: 1\n');
    expect(toYaml({ a: ['x\n\ny\n'] })).toBe('a:\n- |\n  x\n\n  y\n');
  });

  it('escapes what a block cannot hold', () => {
    expect(toYaml({ a: 'x \ny' })).toBe('a: "x \\ny"\n');
    expect(toYaml({ a: '\u0007\n' })).toBe('a: "\\u0007\\n"\n');
    expect(toYaml({ a: '\u2028' })).toBe('a: "\\u2028"\n');
    expect(toYaml({ a: '\u001b]8;;http://x\u0007' })).toContain('\\u001b');
  });

  it('keeps null, booleans and numbers', () => {
    expect(toYaml({ a: null, b: false, c: 0 })).toBe('a: null\nb: false\nc: 0\n');
  });
});
