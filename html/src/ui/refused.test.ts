import { expect, it } from 'vitest';
import { ApiError } from '../api/error';
import { refusedBy, refusedIdentity } from './refused';

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
  const body = JSON.stringify({
    details: { kind: 'principal', name: 'arn:aws:iam::123456789012:role/teams/ops' },
  });
  const refusal = (slug: string) =>
    ApiError.fromAnswer({ status: 403, headers: new Headers({ 'X-Eksgate-Error': slug }) }, body, 'POST /x');
  expect(refusedIdentity(refusal('upstream-unauthorized'))).toBe('arn:aws:iam::123456789012:role/teams/ops');
  expect(refusedIdentity(refusal('forbidden'))).toBe('');
  const pod = JSON.stringify({ details: { kind: 'pods', name: 'x' } });
  const headers = new Headers({ 'X-Eksgate-Error': 'upstream-unauthorized' });
  expect(refusedIdentity(ApiError.fromAnswer({ status: 403, headers }, pod, 'POST /x'))).toBe('');
});
