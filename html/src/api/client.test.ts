import { afterEach, describe, expect, it, vi } from 'vitest';
import { call } from './client';
import { ApiError, isAbort } from './error';
import { objectPath } from './gateway';

afterEach(() => vi.unstubAllGlobals());

function answering(answer: () => Promise<Response> | Response) {
  const fetch = vi.fn(async (_path: string, _init: RequestInit) => answer());
  vi.stubGlobal('fetch', fetch);
  return fetch;
}

describe('call', () => {
  it('sends JSON and reads JSON', async () => {
    const fetch = answering(() => new Response('{"a":1}'));
    expect(await call('/api/x', { method: 'POST', body: { b: 2 } })).toEqual({ a: 1 });
    const init = fetch.mock.calls[0]?.[1];
    expect(init?.body).toBe('{"b":2}');
    expect(init?.headers).toMatchObject({ 'Content-Type': 'application/json' });
    expect(init?.redirect).toBe('error');
  });

  it('throws one class for all that goes wrong', async () => {
    answering(() => new Response('{"reason":"Forbidden","message":"no"}', { status: 403 }));
    await expect(call('/api/x')).rejects.toMatchObject({ name: 'ApiError', code: 'Forbidden', status: 403 });
    answering(() => new Response('<html>'));
    await expect(call('/api/x')).rejects.toMatchObject({ kind: 'malformed' });
    answering(() => Promise.reject(new TypeError('Failed to fetch')));
    const error = await call('/api/x').catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ApiError);
    expect(error).toMatchObject({ kind: 'network', request: 'GET /api/x' });
  });

  it('lets the user give up without an error', async () => {
    const controller = new AbortController();
    answering(() => {
      controller.abort();
      return Promise.reject(new DOMException('aborted', 'AbortError'));
    });
    const error = await call('/api/x', { signal: controller.signal }).catch((thrown: unknown) => thrown);
    expect(isAbort(error)).toBe(true);
  });
});

it('finds an object behind the raw proxy', () => {
  const base = { type: '', verbs: [], kind: '', version: 'v1', plural: 'pods', group: '', namespaced: true };
  expect(objectPath('us-east-1_demo', base, 'a', 'x')).toBe(
    '/raw/clusters/us-east-1_demo/api/v1/namespaces/a/pods/x',
  );
  const node = { ...base, plural: 'nodes', namespaced: false };
  expect(objectPath('c', node, undefined, 'n')).toBe('/raw/clusters/c/api/v1/nodes/n');
  const widget = { ...base, plural: 'widgets', group: 'example.com', version: 'v1alpha1' };
  expect(objectPath('arn:x/y', widget, 'a', 'w')).toBe(
    '/raw/clusters/arn%3Ax%2Fy/apis/example.com/v1alpha1/namespaces/a/widgets/w',
  );
});
