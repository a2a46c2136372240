// The one fetch of the program: JSON in, JSON out, a deadline, and ApiError for everything that goes wrong.
import { ApiError, isAbort } from './error';

/** A little over the gateway's own limit of 60 s, so that its answer wins over ours. */
const DEADLINE_MS = 75_000;

export interface CallOptions {
  method?: 'GET' | 'POST';
  body?: unknown;
  signal?: AbortSignal;
}

export async function callText(path: string, options: CallOptions = {}): Promise<string> {
  const method = options.method ?? 'GET';
  const request = `${method} ${path}`;
  const deadline = AbortSignal.timeout(DEADLINE_MS);
  const headers: Record<string, string> = { Accept: 'application/json' };
  const init: RequestInit = {
    method,
    headers,
    signal: options.signal ? AbortSignal.any([options.signal, deadline]) : deadline,
    cache: 'no-store',
    redirect: 'error',
  };
  if (options.body !== undefined) {
    headers['Content-Type'] = 'application/json';
    init.body = JSON.stringify(options.body);
  }
  try {
    const answer = await fetch(path, init);
    const text = await answer.text();
    if (!answer.ok) throw ApiError.fromAnswer(answer, text, request);
    return text;
  } catch (error) {
    if (error instanceof ApiError || (isAbort(error) && options.signal?.aborted)) throw error;
    throw new ApiError({
      kind: deadline.aborted ? 'timeout' : 'network',
      message: error instanceof Error ? error.message : String(error),
      request,
    });
  }
}

export async function call<T>(path: string, options: CallOptions = {}): Promise<T> {
  const text = await callText(path, options);
  try {
    return JSON.parse(text) as T;
  } catch {
    throw new ApiError({
      kind: 'malformed',
      message: 'The answer is not JSON.',
      request: `${options.method ?? 'GET'} ${path}`,
    });
  }
}
