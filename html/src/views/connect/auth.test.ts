import { describe, expect, it } from 'vitest';
import { ApiError } from '../../api/error';
import {
  AUTH_FIELDS,
  checkAuth,
  clearSecrets,
  isClusterName,
  isRegion,
  isRoleArn,
  placeCauses,
  readAuth,
  regionsBeside,
  rolesOf,
} from './auth';

function form(values: Record<string, string>): HTMLFormElement {
  const element = document.createElement('form');
  for (const [name, value] of Object.entries(values)) {
    const input = document.createElement('input');
    input.name = name;
    input.value = value;
    element.append(input);
  }
  return element;
}

const keys = {
  'auth.access_key_id': ' AKIAIOSFODNN7EXAMPLE ',
  'auth.secret_access_key': 'not-a-real-secret',
  'auth.session_token': '',
};

describe('identity', () => {
  it('reads keys without blanks around them and leaves an empty session token out', () => {
    expect(readAuth(form(keys), 'credentials')).toEqual({
      type: 'credentials',
      access_key_id: 'AKIAIOSFODNN7EXAMPLE',
      secret_access_key: 'not-a-real-secret',
    });
    expect(readAuth(form({ 'auth.profile': 'ops' }), 'profile')).toEqual({ type: 'profile', profile: 'ops' });
    expect(readAuth(form(keys), 'default')).toEqual({ type: 'default' });
  });

  it('says everything that is wrong at once', () => {
    expect(Object.keys(checkAuth({ type: 'credentials', access_key_id: '', secret_access_key: '' }))).toEqual(
      ['auth.access_key_id', 'auth.secret_access_key'],
    );
    expect(
      Object.keys(checkAuth({ type: 'credentials', access_key_id: 'akia', secret_access_key: 'x' })),
    ).toEqual(['auth.access_key_id']);
    expect(
      Object.keys(
        checkAuth({ type: 'credentials', access_key_id: 'ASIAIOSFODNN7EXAMPLE', secret_access_key: 'x' }),
      ),
    ).toEqual(['auth.session_token']);
    expect(checkAuth({ type: 'default' })).toEqual({});
    expect(Object.keys(checkAuth({ type: 'profile', profile: '' }))).toEqual(['auth.profile']);
  });

  it('reads a role only while its fields are shown, and checks it', () => {
    const role = 'arn:aws:iam::123456789012:role/teams/ops@eu';
    const shown = { 'auth.role_arn': ` ${role}`, 'auth.external_id': '' };
    expect(readAuth(form(shown), 'default')).toEqual({ type: 'default', role_arn: role });
    expect(checkAuth({ type: 'default', role_arn: role, external_id: 'a-1' })).toEqual({});
    expect(Object.keys(checkAuth({ type: 'default', role_arn: '' }))).toEqual(['auth.role_arn']);
    expect(Object.keys(checkAuth({ type: 'default', role_arn: role, external_id: 'a b' }))).toEqual([
      'auth.external_id',
    ]);
    const chain = { ...shown, 'auth.role_chain': `${role}-1, ${role}-2` };
    expect(readAuth(form(chain), 'default')).toMatchObject({ role_chain: [`${role}-1`, `${role}-2`] });
    expect(checkAuth({ type: 'default', role_arn: role, role_chain: [role] })).toEqual({});
    const wrong = checkAuth({ type: 'default', role_arn: role, role_chain: [role, 'no-role'] });
    expect(wrong['auth.role_chain']).toContain('no-role');
  });

  it('knows what can be assumed', () => {
    expect(isRoleArn('arn:aws-us-gov:iam::123456789012:role/a')).toBe(true);
    for (const bad of [
      'role/a',
      'arn:aws:iam::123456789012:user/a',
      'arn:aws:sts::123456789012:assumed-role/a/b',
      'arn:aws:iam::12345678901:role/a',
      'arn:aws:iam::123456789012:role/',
      'arn:aws:iam::123456789012:role/a b',
    ])
      expect(isRoleArn(bad), bad).toBe(false);
    expect(rolesOf(' one\n\ntwo, one\n')).toEqual(['one', 'two']);
  });

  it('empties the secret inputs and nothing else', () => {
    const filled = form({ ...keys, 'auth.session_token': 'token' });
    clearSecrets(filled);
    expect(readAuth(filled, 'credentials')).toEqual({
      type: 'credentials',
      access_key_id: 'AKIAIOSFODNN7EXAMPLE',
      secret_access_key: '',
    });
  });
});

it('places causes at their fields, also when the server leaves "auth." out', () => {
  const causes = [
    { field: 'auth.profile', reason: '', message: 'unknown' },
    { field: 'access_key_id', reason: '', message: 'too short' },
    { field: 'something_else', reason: '', message: 'what' },
  ];
  const error = new ApiError({ kind: 'answer', message: 'x', causes });
  const { errors, placed } = placeCauses(error, AUTH_FIELDS);
  expect(errors).toEqual({ 'auth.profile': 'unknown', 'auth.access_key_id': 'too short' });
  expect(placed).toEqual(causes.slice(0, 2));
});

it('knows regions and cluster names', () => {
  for (const good of ['us-east-1', 'us-gov-west-1', 'cn-northwest-1', 'ap-southeast-12'])
    expect(isRegion(good)).toBe(true);
  for (const bad of ['', 'useast1', 'us-east', 'US-EAST-1', 'us-east-1 ']) expect(isRegion(bad)).toBe(false);
  for (const good of ['demo', 'a', 'A-1_b', 'x'.repeat(100)]) expect(isClusterName(good)).toBe(true);
  for (const bad of ['', '-a', 'a.b', 'a b', 'x'.repeat(101)]) expect(isClusterName(bad)).toBe(false);
});

it('looks only into regions of its own partition', () => {
  expect(regionsBeside('cn-north-1')).toEqual(['cn-north-1', 'cn-northwest-1']);
  expect(regionsBeside('us-gov-west-1')).toEqual(['us-gov-east-1', 'us-gov-west-1']);
  const commercial = regionsBeside('eu-west-1');
  expect(commercial).toContain('us-east-1');
  expect(commercial.some((region) => /^(cn|us-gov)-/.test(region))).toBe(false);
});
