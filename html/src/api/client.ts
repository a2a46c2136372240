// The one fetch of the program: JSON in, JSON out, a deadline, and ApiError for everything that goes wrong.
import { ApiError, isAbort } from './error';
import { findSession, key, session, wantKey } from './key';

/** A little over the gateway's own limit of 60 s, so that its answer wins over ours. */
const DEADLINE_MS = 75_000;

export interface CallOptions {
  method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Sent as JSON, or as it stands when it has a type of its own. */
  body?: unknown;
  type?: string;
  accept?: string;
  signal?: AbortSignal;
}

async function send(path: string, options: CallOptions, signal: AbortSignal | undefined): Promise<Response> {
  await findSession();
  const headers: Record<string, string> = { Accept: options.accept ?? 'application/json' };
  if (key.value !== '') headers.Authorization = `Bearer ${key.value}`;
  else if (session.value !== '') headers['X-Eksgate-Csrf'] = session.value;
  const init: RequestInit = {
    method: options.method ?? 'GET',
    headers,
    signal,
    cache: 'no-store',
    redirect: 'error',
  };
  if (options.body !== undefined) {
    headers['Content-Type'] = options.type ?? 'application/json';
    init.body = options.type ? String(options.body) : JSON.stringify(options.body);
  }
  return fetch(path, init);
}

function nameOf(path: string, options: CallOptions): string {
  return `${options.method ?? 'GET'} ${path}`;
}

/** The gateway's own 401 is the only one that a key can help with; a cluster's is the cluster's. */
function refusal(answer: Response, text: string, path: string, options: CallOptions): ApiError {
  const error = ApiError.fromAnswer(answer, text, nameOf(path, options));
  if (error.slug === 'unauthenticated') wantKey(error.message);
  return error;
}

/** What a failed fetch means, unless the caller gave up. */
function failureOf(error: unknown, path: string, options: CallOptions, late: boolean): unknown {
  if (error instanceof ApiError || (isAbort(error) && options.signal?.aborted)) return error;
  return new ApiError({
    kind: late ? 'timeout' : 'network',
    message: error instanceof Error ? error.message : String(error),
    request: nameOf(path, options),
  });
}

/** An answer that may last: its body is still to be read, and there is no deadline. */
export async function open(path: string, options: CallOptions = {}): Promise<Response> {
  try {
    const answer = await send(path, options, options.signal);
    if (!answer.ok) throw refusal(answer, await answer.text(), path, options);
    return answer;
  } catch (error) {
    throw failureOf(error, path, options, false);
  }
}

export async function callText(path: string, options: CallOptions = {}): Promise<string> {
  const deadline = AbortSignal.timeout(DEADLINE_MS);
  const signal = options.signal ? AbortSignal.any([options.signal, deadline]) : deadline;
  try {
    const answer = await send(path, options, signal);
    const text = await answer.text();
    if (!answer.ok) throw refusal(answer, text, path, options);
    return text;
  } catch (error) {
    throw failureOf(error, path, options, deadline.aborted);
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
      request: nameOf(path, options),
    });
  }
}
