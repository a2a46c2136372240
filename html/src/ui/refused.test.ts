import { expect, it } from 'vitest';
import { ApiError } from '../api/error';
import { principalOf, refusedBy, refusedIdentity } from './refused';

function error(status: number, request: string, more: Partial<ApiError> = {}): ApiError {
  return new ApiError({ kind: 'answer', message: '', status, request, ...more });
}

it('knows a refusal by the cluster from one by AWS', () => {
  expect(refusedBy(error(403, 'GET /api/clusters/eu_a%20b/resources/pods?limit=1'))).toBe('eu_a b');
  expect(refusedBy(error(401, 'GET /raw/clusters/eu_a/api/v1/namespaces'))).toBe('eu_a');
  expect(refusedBy(error(403, 'GET /api/clusters/eu_a/eks/addons'))).toBe('');
  expect(refusedBy(error(403, 'GET /api/clusters/eu_a/resources/pods', { awsRequestId: 'x' }))).toBe('');
  expect(refusedBy(error(404, 'GET /api/clusters/eu_a/resources/pods'))).toBe('');
  expect(refusedBy(error(403, 'POST /api/clusters/connect'))).toBe('');
});

it('reads whom a cluster did not let connect', () => {
  const message =
    'eksgate: cluster "us_a" does not accept arn:aws:sts::123456789012:assumed-role/ops/me: give it';
  const refusal = { slug: 'upstream-unauthorized', message };
  const identity = refusedIdentity(error(403, 'POST /api/clusters/connect', refusal));
  expect(identity).toBe('arn:aws:sts::123456789012:assumed-role/ops/me');
  expect(refusedIdentity(error(403, 'POST /api/clusters/connect', { message }))).toBe('');
  expect(principalOf(identity)).toBe('arn:aws:iam::123456789012:role/ops');
  expect(principalOf('arn:aws-cn:iam::123456789012:user/a/b')).toBe('arn:aws-cn:iam::123456789012:user/a/b');
});
