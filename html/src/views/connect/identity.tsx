// The three ways to say who you are, and the role to assume as that; the same in every form that talks to AWS.
import { useSignal } from '@preact/signals';
import { t } from '../../texts';
import { forms } from '../../texts/connect';
import { Check, Radios, TextField } from '../../ui/field';
import type { AuthType, FieldErrors } from './auth';

interface IdentityProps {
  type: AuthType;
  errors: FieldErrors;
  /** True after the secret has been sent and its field emptied. */
  cleared?: boolean;
  /** Several roles may be given, to look with each of them. */
  manyRoles?: boolean;
  onType(type: AuthType): void;
}

export function Identity({ type, errors, cleared = false, manyRoles = false, onType }: IdentityProps) {
  const role = useSignal(false);
  return (
    <>
      <Radios
        name="auth.type"
        label={forms().identity}
        value={type}
        choices={[
          { value: 'credentials', label: forms().accessKeys, hint: forms().accessKeysHint },
          { value: 'profile', label: forms().profile, hint: forms().profileHint },
          { value: 'default', label: forms().chain, hint: forms().chainHint },
        ]}
        onChange={onType}
      />
      {type === 'credentials' && (
        <>
          <TextField
            name="auth.access_key_id"
            label={forms().accessKeyId}
            mono
            required
            error={errors['auth.access_key_id']}
          />
          <TextField
            name="auth.secret_access_key"
            label={forms().secretAccessKey}
            hint={cleared ? forms().secretsCleared : forms().secretHint}
            secret
            mono
            required
            error={errors['auth.secret_access_key']}
          />
          <TextField
            name="auth.session_token"
            label={forms().sessionToken}
            optional={t().optional}
            secret
            mono
            error={errors['auth.session_token']}
          />
        </>
      )}
      {type === 'profile' && (
        <TextField
          name="auth.profile"
          label={forms().profileName}
          hint={forms().profileNameHint}
          mono
          required
          error={errors['auth.profile']}
        />
      )}
      <Check
        label={forms().assumeRole}
        hint={forms().assumeRoleHint}
        checked={role.value}
        onChange={(checked) => {
          role.value = checked;
        }}
      />
      {role.value && (
        <>
          <TextField
            name="auth.role_arn"
            label={manyRoles ? forms().roleArns : forms().roleArn}
            hint={manyRoles ? forms().roleArnsHint : forms().roleArnHint}
            lines={manyRoles ? 3 : 1}
            mono
            required
            error={errors['auth.role_arn']}
          />
          <TextField
            name="auth.external_id"
            label={forms().externalId}
            optional={t().optional}
            hint={forms().externalIdHint}
            mono
            error={errors['auth.external_id']}
          />
          <TextField
            name="auth.role_chain"
            label={forms().roleChain}
            optional={t().optional}
            hint={forms().roleChainHint}
            lines={2}
            mono
            error={errors['auth.role_chain']}
          />
        </>
      )}
    </>
  );
}
