// From a code to what to do about it.
import type { ApiError } from '../api/error';
import { t } from './index';

type Advice = keyof ReturnType<typeof t>['advice'];

const BY_CODE: Record<string, Advice> = {
  UnrecognizedClientException: 'keys',
  InvalidClientTokenId: 'keys',
  InvalidSignatureException: 'keys',
  SignatureDoesNotMatch: 'keys',
  IncompleteSignature: 'keys',
  MissingAuthenticationToken: 'keys',
  ExpiredToken: 'expired',
  ExpiredTokenException: 'expired',
  RequestExpired: 'expired',
  AccessDenied: 'awsDenied',
  AccessDeniedException: 'awsDenied',
  ResourceNotFoundException: 'noCluster',
  Throttling: 'throttled',
  ThrottlingException: 'throttled',
  TooManyRequestsException: 'throttled',
  TooManyRequests: 'throttled',
  Unauthorized: 'noAccess',
  Forbidden: 'forbidden',
  ServiceUnavailable: 'unreachable',
  Timeout: 'slow',
  Conflict: 'conflict',
  AlreadyExists: 'conflict',
  Gone: 'gone',
  Expired: 'gone',
  Invalid: 'invalid',
  BadRequest: 'invalid',
};

const BY_SLUG: Record<string, Advice> = {
  credentials_expired: 'expired',
  'not-connected': 'notConnected',
  'store-unavailable': 'gateway',
  'unknown-host': 'hostname',
  'upstream-broken': 'retry',
  'upstream-unauthorized': 'noAccess',
};

const BY_STATUS: Record<number, Advice> = {
  400: 'invalid',
  401: 'noAccess',
  403: 'forbidden',
  404: 'notHere',
  409: 'conflict',
  410: 'gone',
  421: 'hostname',
  422: 'invalid',
  429: 'throttled',
  502: 'certificate',
  503: 'unreachable',
  504: 'slow',
};

export function adviceOf(error: ApiError): Advice {
  if (error.kind === 'network' || error.kind === 'timeout') return 'gateway';
  return BY_SLUG[error.slug] ?? BY_CODE[error.code] ?? BY_STATUS[error.status] ?? 'retry';
}

export function adviceFor(error: ApiError): string {
  return t().advice[adviceOf(error)];
}
