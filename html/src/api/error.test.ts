import { describe, expect, it } from 'vitest';
import { adviceOf } from '../texts/advice';
import { ApiError, isAbort, toApiError } from './error';

function answer(status: number, body: unknown, headers: Record<string, string> = {}): ApiError {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return ApiError.fromAnswer({ status, headers: new Headers(headers) }, text, 'POST /api/clusters/connect');
}

const invalid = {
  kind: 'Status',
  apiVersion: 'v1',
  status: 'Failure',
  reason: 'Invalid',
  message: 'two fields are wrong',
  code: 422,
  details: {
    causes: [
      { field: 'region', reason: 'FieldValueInvalid', message: 'not a region' },
      { field: 'auth.profile', reason: 'FieldValueRequired', message: 'is needed' },
      { field: 'region', reason: 'FieldValueInvalid', message: 'a second opinion' },
    ],
  },
};

describe('ApiError', () => {
  it('takes code, message and causes from a Status', () => {
    const error = answer(422, invalid, { 'X-Request-Id': 'abc', 'X-Eksgate-Error': 'invalid_fields' });
    expect(error).toMatchObject({
      kind: 'answer',
      status: 422,
      code: 'Invalid',
      requestId: 'abc',
      slug: 'invalid_fields',
    });
    expect(error.message).toBe('two fields are wrong');
    expect(error.fields).toEqual({ region: 'not a region', 'auth.profile': 'is needed' });
  });

  it('shows the code of AWS rather than the reason it was given', () => {
    const error = answer(403, {
      reason: 'Forbidden',
      message: 'sts:GetCallerIdentity: no',
      details: { awsCode: 'InvalidClientTokenId', awsRequestId: 'r-1' },
    });
    expect(error.code).toBe('InvalidClientTokenId');
    expect(error.report()).toContain('AWS request id: r-1');
    expect(adviceOf(error)).toBe('keys');
  });

  it('reports everything a helper needs to see', () => {
    const report = answer(422, invalid, { 'X-Request-Id': 'abc' }).report(new Date('2026-11-21T12:00:00Z'));
    expect(report).toContain('Invalid · 422');
    expect(report).toContain('request id: abc');
    expect(report).toContain('POST /api/clusters/connect');
    expect(report).toContain('2026-11-21T12:00:00.000Z');
  });

  it.each([
    '<html>502</html>',
    '',
    'null',
    '[]',
    '"x"',
    '{"details":{"causes":"no"}}',
    '{"details":{"causes":[null,1]}}',
  ])('makes something usable of the body %j', (body) => {
    const error = answer(502, body);
    expect(error.status).toBe(502);
    expect(error.message).toBe('HTTP 502');
    expect(error.fields).toEqual({});
  });

  it('reads Retry-After from header or details', () => {
    expect(answer(429, {}, { 'Retry-After': '3' }).retryAfter).toBe(3);
    expect(answer(429, { details: { retryAfterSeconds: 4 } }).retryAfter).toBe(4);
    expect(answer(429, {}).retryAfter).toBeUndefined();
  });

  it('tells giving up from failing', () => {
    expect(isAbort(new DOMException('x', 'AbortError'))).toBe(true);
    expect(isAbort(new Error('x'))).toBe(false);
    expect(toApiError(new TypeError('boom'))).toMatchObject({ kind: 'malformed', message: 'boom' });
  });

  it('knows credentials that are gone from any other outage', () => {
    const gone = (init: Partial<ApiError>) =>
      new ApiError({ kind: 'answer', message: '', status: 503, ...init }).isCredentials;
    expect(gone({ slug: 'credentials_expired' })).toBe(true);
    expect(gone({ code: 'credentials_expired' })).toBe(true);
    expect(gone({ code: 'ServiceUnavailable', slug: 'upstream-unreachable' })).toBe(false);
  });

  it('advises by slug, then code, then status', () => {
    expect(
      adviceOf(
        answer(503, { reason: 'ExpiredTokenException' }, { 'X-Eksgate-Error': 'credentials_expired' }),
      ),
    ).toBe('expired');
    expect(adviceOf(answer(403, { reason: 'InvalidClientTokenId' }))).toBe('keys');
    expect(adviceOf(answer(504, {}))).toBe('slow');
    expect(adviceOf(answer(418, {}))).toBe('retry');
    expect(adviceOf(new ApiError({ kind: 'network', message: 'x' }))).toBe('gateway');
  });
});
