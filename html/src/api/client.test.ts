import { afterEach, describe, expect, it, vi } from 'vitest';
import { call } from './client';
import { ApiError, isAbort } from './error';
import { objectPath } from './gateway';
import { key, keyWanted, takeKey } from './key';

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

describe('the API key', () => {
  const refused = (slug: string) => () =>
    new Response('{"reason":"Unauthorized","message":"this needs an API key"}', {
      status: 401,
      headers: { 'X-Eksgate-Error': slug },
    });

  afterEach(() => {
    takeKey('', false);
    keyWanted.value = '';
  });

  it('goes with every call once it is there', async () => {
    const fetch = answering(() => new Response('{}'));
    await call('/api/x');
    takeKey('eksgate_k', false);
    await call('/api/x');
    const sent = fetch.mock.calls.map(([, init]) => (init.headers as Record<string, string>).Authorization);
    expect(sent).toEqual([undefined, 'Bearer eksgate_k']);
  });

  it('is given up and asked for when the gateway refuses it', async () => {
    takeKey('eksgate_k', false);
    answering(refused('unauthenticated'));
    await expect(call('/api/x')).rejects.toMatchObject({ status: 401 });
    expect(key.value).toBe('');
    expect(keyWanted.value).toBe('this needs an API key');
  });

  it('is kept when a cluster refuses the gateway', async () => {
    takeKey('eksgate_k', false);
    answering(refused('upstream-unauthorized'));
    await expect(call('/api/x')).rejects.toMatchObject({ status: 401 });
    expect([key.value, keyWanted.value]).toEqual(['eksgate_k', '']);
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
