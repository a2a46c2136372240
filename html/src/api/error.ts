// Every failure a view can meet, as one class built from metav1.Status.

export interface Cause {
  field: string;
  reason: string;
  message: string;
}

interface StatusBody {
  reason?: unknown;
  message?: unknown;
  code?: unknown;
  details?: {
    kind?: unknown;
    name?: unknown;
    causes?: unknown;
    retryAfterSeconds?: unknown;
    [key: string]: unknown;
  };
}

export type Failure = 'answer' | 'network' | 'timeout' | 'malformed';

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function causesOf(value: unknown): Cause[] {
  if (!Array.isArray(value)) return [];
  return value.map((cause: Record<string, unknown>) => ({
    field: text(cause?.field),
    reason: text(cause?.reason),
    message: text(cause?.message),
  }));
}

const CREDENTIALS = 'credentials_expired';

export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly kind: Failure;
  /** HTTP status, 0 when there was no answer. */
  readonly status: number;
  /** The AWS or Kubernetes code, such as UnrecognizedClientException or Forbidden. */
  readonly code: string;
  readonly causes: Cause[];
  /** Whom a cluster does not know, as an ARN. */
  readonly principal: string;
  readonly requestId: string;
  /** AWS's own name for the call, when AWS answered. */
  readonly awsRequestId: string;
  /** The gateway's own name for it, when the gateway made the error. */
  readonly slug: string;
  readonly retryAfter: number | undefined;
  readonly request: string;
  /** What else the answer tells of itself, such as the run that is in the way. */
  readonly details: Record<string, unknown>;

  constructor(init: Partial<Omit<ApiError, 'name' | 'isCredentials'>> & { kind: Failure; message: string }) {
    super(init.message);
    this.kind = init.kind;
    this.status = init.status ?? 0;
    this.code = init.code ?? '';
    this.causes = init.causes ?? [];
    this.principal = init.principal ?? '';
    this.requestId = init.requestId ?? '';
    this.awsRequestId = init.awsRequestId ?? '';
    this.slug = init.slug ?? '';
    this.retryAfter = init.retryAfter;
    this.request = init.request ?? '';
    this.details = init.details ?? {};
  }

  /** An error answer; a body that is no Status still gives a usable error. */
  static fromAnswer(answer: { status: number; headers: Headers }, body: string, request: string): ApiError {
    const status = parse(body);
    const retryAfter = Number(
      answer.headers.get('Retry-After') ?? status.details?.retryAfterSeconds ?? Number.NaN,
    );
    return new ApiError({
      kind: 'answer',
      status: answer.status,
      code: text(status.details?.awsCode) || text(status.reason),
      message: text(status.message) || `HTTP ${answer.status}`,
      causes: causesOf(status.details?.causes),
      principal: status.details?.kind === 'principal' ? text(status.details.name) : '',
      requestId: answer.headers.get('X-Request-Id') ?? '',
      awsRequestId: text(status.details?.awsRequestId),
      slug: answer.headers.get('X-Eksgate-Error') ?? '',
      retryAfter: Number.isNaN(retryAfter) ? undefined : retryAfter,
      request,
      details: status.details,
    });
  }

  /** One that stands in an answer about several things. */
  static fromStatus(status: number, body: unknown, request: string): ApiError {
    return ApiError.fromAnswer({ status, headers: new Headers() }, JSON.stringify(body), request);
  }

  /** Messages for form fields, by the field's name in the request body ("auth.profile"). */
  get fields(): Record<string, string> {
    const out: Record<string, string> = {};
    for (const { field, message } of this.causes) if (field !== '') out[field] ??= message;
    return out;
  }

  /** The gateway has no AWS credentials that work now, whatever it is asked. They may come by themselves. */
  get isCredentials(): boolean {
    return this.slug === CREDENTIALS || this.code === CREDENTIALS;
  }

  /** What someone who is asked for help needs to see. */
  report(at: Date = new Date()): string {
    const lines = [
      this.message,
      `code: ${[this.code, this.status || this.kind, this.slug].filter(Boolean).join(' · ')}`,
      `request: ${this.request}`,
      `request id: ${this.requestId || 'none'}`,
      `time: ${at.toISOString()}`,
    ];
    if (this.awsRequestId) lines.push(`AWS request id: ${this.awsRequestId}`);
    for (const { field, reason, message } of this.causes) lines.push(`${field || reason}: ${message}`);
    return lines.join('\n');
  }
}

function parse(body: string): StatusBody {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === 'object' && value !== null ? (value as StatusBody) : {};
  } catch {
    return {};
  }
}

/** True when the user gave up waiting: not an error, nothing to show. */
export function isAbort(error: unknown): boolean {
  return error instanceof DOMException && error.name === 'AbortError';
}

export function toApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  return new ApiError({ kind: 'malformed', message: error instanceof Error ? error.message : String(error) });
}
