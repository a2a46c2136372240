// The identity part of a request: read from a form, checked before it is sent.
import { useSignal } from '@preact/signals';
import type { RefObject } from 'preact';
import { useLayoutEffect } from 'preact/hooks';
import type { ApiError, Cause } from '../../api/error';
import type { Auth, Identity } from '../../api/types';
import { forms } from '../../texts/connect';

export type AuthType = Auth['type'];
export type FieldErrors = Record<string, string>;

/** Inputs that must not stay filled once their content has been sent. */
export const SECRET_FIELDS = ['auth.secret_access_key', 'auth.session_token'] as const;

function value(form: HTMLFormElement, name: string): string {
  const input = form.elements.namedItem(name);
  const typed = input instanceof HTMLInputElement || input instanceof HTMLTextAreaElement;
  return typed ? input.value.trim() : '';
}

export const readField = value;

export function readAuth(form: HTMLFormElement, type: AuthType): Auth {
  return { ...readIdentity(form, type), ...readRole(form) };
}

function readIdentity(form: HTMLFormElement, type: AuthType): Identity {
  switch (type) {
    case 'credentials': {
      const token = value(form, 'auth.session_token');
      return {
        type,
        access_key_id: value(form, 'auth.access_key_id'),
        secret_access_key: value(form, 'auth.secret_access_key'),
        ...(token === '' ? {} : { session_token: token }),
      };
    }
    case 'profile':
      return { type, profile: value(form, 'auth.profile') };
    case 'default':
      return { type };
  }
}

/** The fields of a role are only there while one is wanted. */
function readRole(form: HTMLFormElement): Pick<Auth, 'role_arn' | 'external_id' | 'role_chain'> {
  if (!form.elements.namedItem('auth.role_arn')) return {};
  const external_id = value(form, 'auth.external_id');
  const role_chain = rolesOf(value(form, 'auth.role_chain'));
  return {
    role_arn: value(form, 'auth.role_arn'),
    ...(external_id === '' ? {} : { external_id }),
    ...(role_chain.length === 0 ? {} : { role_chain }),
  };
}

export function checkAuth(auth: Auth): FieldErrors {
  const wrong: FieldErrors = {};
  if (auth.type === 'credentials') {
    if (auth.access_key_id === '') wrong['auth.access_key_id'] = forms().needed;
    else if (!/^[A-Z0-9]{16,128}$/.test(auth.access_key_id))
      wrong['auth.access_key_id'] = forms().wrongAccessKey;
    else if (auth.access_key_id.startsWith('ASIA') && !auth.session_token) {
      wrong['auth.session_token'] = forms().needsSessionToken;
    }
    if (auth.secret_access_key === '') wrong['auth.secret_access_key'] = forms().needed;
  } else if (auth.type === 'profile' && auth.profile === '') {
    wrong['auth.profile'] = forms().needed;
  }
  if (auth.role_arn === '') wrong['auth.role_arn'] = forms().needed;
  else if (auth.role_arn !== undefined && !isRoleArn(auth.role_arn))
    wrong['auth.role_arn'] = forms().wrongRole;
  const [wrongBefore] = (auth.role_chain ?? []).filter((role) => !isRoleArn(role));
  if (wrongBefore !== undefined) wrong['auth.role_chain'] = forms().wrongRoleOf(wrongBefore);
  if (auth.external_id !== undefined && !isExternalId(auth.external_id)) {
    wrong['auth.external_id'] = forms().wrongExternalId;
  }
  return wrong;
}

/** A role, perhaps under a path. Sessions (assumed-role) and users cannot be assumed. */
export function isRoleArn(text: string): boolean {
  return /^arn:aws[a-z-]*:iam::\d{12}:role\/[!-~]{1,576}$/.test(text);
}

/** One role to a line; blanks and commas part them too, as lists come from anywhere. */
export function rolesOf(text: string | undefined): string[] {
  return [...new Set((text ?? '').split(/[\s,]+/).filter((role) => role !== ''))];
}

function isExternalId(text: string): boolean {
  return /^[\w+=,.@:/-]{2,1224}$/.test(text);
}

export function isRegion(text: string): boolean {
  return /^[a-z]{2,4}(-[a-z]+)+-\d{1,2}$/.test(text);
}

/** A name as EKS allows it. */
export function isClusterName(text: string): boolean {
  return /^[0-9A-Za-z][0-9A-Za-z_-]{0,99}$/.test(text);
}

/** Empties the secret inputs. The strings themselves go with the request. */
export function clearSecrets(form: HTMLFormElement): void {
  for (const name of SECRET_FIELDS) {
    const input = form.elements.namedItem(name);
    if (input instanceof HTMLInputElement) input.value = '';
  }
}

/** Places the server's causes at our fields; says which found a place. */
export function placeCauses(
  error: ApiError,
  fields: readonly string[],
): { errors: FieldErrors; placed: Cause[] } {
  const errors: FieldErrors = {};
  const placed: Cause[] = [];
  for (const cause of error.causes) {
    const place = cause.field.replace(/\[\d+\]$/, ''); // of a list, which of them is in the message
    const name = fields.find((field) => field === place || field === `auth.${place}`);
    if (!name || cause.message === '') continue;
    errors[name] ??= cause.message;
    placed.push(cause);
  }
  return { errors, placed };
}

export const AUTH_FIELDS = [
  'auth.type',
  'auth.access_key_id',
  'auth.secret_access_key',
  'auth.session_token',
  'auth.profile',
  'auth.role_arn',
  'auth.external_id',
  'auth.role_chain',
] as const;

/**
 * Where a keyboard user continues: the first field of those named, as soon as it is drawn. A moment later somebody may
 * type into another one already, and the rest of a secret would end in the wrong field.
 */
export function useFocus(
  form: RefObject<HTMLFormElement | null>,
  first: readonly string[] = [],
): (fields: FieldErrors) => void {
  const wanted = useSignal<FieldErrors>(Object.fromEntries(first.map((name) => [name, name])));
  const fields = wanted.value;
  useLayoutEffect(() => {
    for (const element of form.current?.elements ?? []) {
      if (!(element instanceof HTMLElement) || !fields[element.getAttribute('name') ?? '']) continue;
      element.focus();
      return;
    }
  }, [fields]);
  return (next) => {
    wanted.value = next;
  };
}

export const REGIONS = [
  'us-east-1',
  'us-east-2',
  'us-west-1',
  'us-west-2',
  'ca-central-1',
  'ca-west-1',
  'sa-east-1',
  'mx-central-1',
  'eu-west-1',
  'eu-west-2',
  'eu-west-3',
  'eu-central-1',
  'eu-central-2',
  'eu-north-1',
  'eu-south-1',
  'eu-south-2',
  'ap-northeast-1',
  'ap-northeast-2',
  'ap-northeast-3',
  'ap-southeast-1',
  'ap-southeast-2',
  'ap-southeast-3',
  'ap-southeast-4',
  'ap-southeast-5',
  'ap-southeast-7',
  'ap-south-1',
  'ap-south-2',
  'ap-east-1',
  'ap-east-2',
  'me-south-1',
  'me-central-1',
  'il-central-1',
  'af-south-1',
  'us-gov-east-1',
  'us-gov-west-1',
  'cn-north-1',
  'cn-northwest-1',
] as const;

/** Every region that keys of the same partition work in. */
export function regionsBeside(home: string): string[] {
  const partition = (region: string) => /^(?:us-gov|cn)-/.exec(region)?.[0] ?? '';
  return REGIONS.filter((region) => partition(region) === partition(home));
}
