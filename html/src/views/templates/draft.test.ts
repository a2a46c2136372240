import { describe, expect, it } from 'vitest';
import { bodyOf, draftOf, parameterDraft } from './draft';

const manifest = { spec: { template: { spec: { containers: [] } } } };
const written = {
  name: 'report',
  description: 'of a day',
  parameters: [
    { name: 'day', type: 'string', required: true, description: 'Which', pattern: '\\d+' },
    { name: 'n', type: 'integer', minimum: 0, maximum: 9, default: 0 },
    { name: 'ratio', type: 'number', default: 0.5 },
    { name: 'level', type: 'enum', values: ['info', 'debug'], default: 'info' },
    { name: 'mail', type: 'boolean', default: false },
  ],
  job_manifest: manifest,
};

function drafted(parameter: Parameters<typeof parameterDraft>[0], more: object = {}) {
  const parameters = [{ ...parameterDraft(parameter), ...more }];
  return bodyOf({ name: 'a', description: '', parameters, manifest: 'spec: {}' });
}

describe('a template as a form', () => {
  it('gives back what was written', () => {
    const draft = draftOf(written);
    expect(draft && bodyOf(draft)).toEqual({ body: written, wrong: {} });
  });

  it.each([
    ['nothing', undefined],
    ['a list', [written]],
    ['a field it has no place for', { ...written, labels: {} }],
    ['a parameter with one', { ...written, parameters: [{ name: 'a', type: 'string', unit: 's' }] }],
    ['a type that is none', { ...written, parameters: [{ name: 'a', type: 'date' }] }],
    ['a default that is a list', { ...written, parameters: [{ name: 'a', type: 'string', default: [] }] }],
    ['no manifest', { name: 'a' }],
  ])('is none of %s', (_, document) => {
    expect(draftOf(document)).toBeUndefined();
  });

  it.each([
    ['no name', { name: '' }, {}, { 'parameters[0].name': 'This is needed.' }],
    [
      'a bound that is no number',
      { name: 'n', type: 'integer' },
      { minimum: '1.5' },
      { 'parameters[0].minimum': 'A whole number is needed.' },
    ],
    [
      'a default out of its bounds',
      { name: 'n', type: 'integer', maximum: 3 },
      { default: '4' },
      { 'parameters[0].default': 'At most 3.' },
    ],
    [
      'a default that is no choice',
      { name: 'n', type: 'enum', values: ['a'] },
      { default: 'b' },
      { 'parameters[0].default': 'Choose one of the values.' },
    ],
    ['no choices', { name: 'n', type: 'enum' }, {}, { 'parameters[0].values': 'This is needed.' }],
  ] as const)('says at its field of %s what is wrong', (_, parameter, more, wrong) => {
    expect(drafted(parameter as Parameters<typeof parameterDraft>[0], more).wrong).toEqual(wrong);
  });

  it('sends only the bounds that the type has', () => {
    const { body } = drafted({ name: 'n', type: 'boolean' }, { pattern: 'x', minimum: '1', values: 'a\nb' });
    expect(body.parameters).toEqual([{ name: 'n', type: 'boolean' }]);
  });

  it('wants each name once, and one manifest', () => {
    const parameters = [parameterDraft({ name: 'a' }), parameterDraft({ name: ' a ' })];
    const { wrong } = bodyOf({ name: 'a', description: '', parameters, manifest: 'a: 1\n---\nb: 2' });
    expect(Object.keys(wrong)).toEqual(['parameters[1].name', 'job_manifest']);
  });
});
