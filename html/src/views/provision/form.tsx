// The order as a form: what most need stands open, the rest is one line each that says what it will be.
import type { InstanceType, KubernetesVersion } from '../../api/provision';
import { provisioning } from '../../texts/provision';
import { Radios } from '../../ui/field';
import { SelectField } from '../../ui/select';
import { linesOf } from './order';
import { Pairs } from './pairs';
import { type FieldsProps, Section, Switch, Text } from './section';
import { dateText } from './words';

export function OrderFields(props: FieldsProps) {
  return (
    <>
      <Basic {...props} />
      <Nodes {...props} />
      <Network {...props} />
      <Iam {...props} />
      <Pairs props={props} field="addons" />
      <Pairs props={props} field="pod_identity" />
      <Pairs props={props} field="tags" />
      <Advanced {...props} />
    </>
  );
}

function versionLabel({ version, support, standard_until, extended_until }: KubernetesVersion): string {
  const until = support === 'standard' ? standard_until : extended_until;
  const label = provisioning().versionChoice[support];
  return label(version, until ? dateText(until) : '');
}

function Basic(props: FieldsProps) {
  const { draft, lists, wrong, changing } = props;
  const texts = provisioning();
  if (changing) return <p class="muted">{texts.fixed}</p>;
  const chosen = lists.versions.find(({ version }) => version === draft.kubernetes_version);
  const versions = lists.versions.some(({ version }) => version === draft.kubernetes_version)
    ? lists.versions
    : [
        {
          version: draft.kubernetes_version,
          support: 'unsupported' as const,
          standard_until: null,
          extended_until: null,
          days_left: null,
        },
        ...lists.versions,
      ];
  return (
    <section class="section-open" aria-label={texts.sections.basic}>
      <h2>{texts.sections.basic}</h2>
      <Text props={props} name="cluster_name" hint={texts.nameHint} required />
      <div class="field-row field-row-top field-halves">
        <SelectField
          name="kubernetes_version"
          label={texts.fields.kubernetes_version}
          value={draft.kubernetes_version}
          hint={
            chosen?.support === 'extended'
              ? texts.extendedHint
              : lists.versionsSource === 'builtin'
                ? texts.builtinHint
                : undefined
          }
          choices={versions.map((each) => ({ value: each.version, label: versionLabel(each) }))}
          error={wrong.kubernetes_version}
        />
        <Text props={props} name="region" choices={lists.regions} optional={false} />
        <SelectField
          name="ip_family"
          label={texts.fields.ip_family}
          value={draft.ip_family}
          choices={[
            { value: 'ipv4', label: 'IPv4' },
            { value: 'ipv6', label: 'IPv6' },
          ]}
          error={wrong.ip_family}
        />
        <Text props={props} name="environment" optional={false} />
      </div>
    </section>
  );
}

function typeHint(types: readonly InstanceType[], name: string): string | undefined {
  const found = types.find((type) => type.name === name.trim());
  if (!found) return undefined;
  const { vcpus, memory_mib, architecture, gpus } = found;
  const memory = String(Math.round((memory_mib / 1024) * 10) / 10);
  return provisioning().typeHint(vcpus, memory, architecture.join(', '), gpus ?? 0);
}

function Nodes(props: FieldsProps) {
  const { draft, lists, wrong } = props;
  const texts = provisioning();
  const names = lists.types.map(({ name }) => name);
  return (
    <section class="section-open" aria-label={texts.sections.nodes}>
      <h2>{texts.sections.nodes}</h2>
      <div class="field-row field-row-top field-halves">
        <Text
          props={props}
          name="instance_type"
          choices={names}
          optional={false}
          hint={typeHint(lists.types, draft.instance_type)}
        />
        <SelectField
          name="capacity_type"
          label={texts.fields.capacity_type}
          value={draft.capacity_type || 'ON_DEMAND'}
          choices={[
            { value: 'ON_DEMAND', label: texts.onDemand },
            { value: 'SPOT', label: texts.spot },
          ]}
          error={wrong.capacity_type}
        />
      </div>
      <div class="field-row field-counts">
        <Text props={props} name="node_min" optional={false} />
        <Text props={props} name="node_desired" optional={false} />
        <Text props={props} name="node_max" optional={false} />
      </div>
      <p class="field-hint">{texts.nodesHint}</p>
      <div class="field-row field-first">
        <Text
          props={props}
          name="first_instance_type"
          choices={names}
          optional={false}
          hint={typeHint(lists.types, draft.first_instance_type) ?? texts.firstTypeHint}
        />
        <Text props={props} name="first_node_count" optional={false} />
      </div>
      <p class="field-hint">{texts.firstNodesHint}</p>
    </section>
  );
}

function Network(props: FieldsProps) {
  const { draft, changing } = props;
  const texts = provisioning();
  const endpoint = draft.private_endpoint_only
    ? texts.says.private
    : texts.says.public(linesOf(draft.public_access_cidrs).join(', ') || texts.says.anywhere);
  const says =
    draft.network === 'own'
      ? texts.says.ownNetwork(draft.vpc_cidr, draft.zones, endpoint)
      : texts.says.givenNetwork(draft.vpc_id, linesOf(draft.subnet_ids).length, endpoint);
  return (
    <Section
      props={props}
      id="network"
      title={texts.sections.network}
      says={says}
      has={['vpc_id', 'subnet_ids', 'vpc_cidr', 'zones', 'public_access_cidrs', 'private_endpoint_only']}
    >
      {!changing && (
        <Radios
          name="network"
          label={texts.networkOf}
          choices={[
            { value: 'own', label: texts.networkOwn, hint: texts.networkOwnHint },
            { value: 'given', label: texts.networkGiven, hint: texts.networkGivenHint },
          ]}
          value={draft.network}
          onChange={(network) => props.onChange({ network }, 'network')}
        />
      )}
      {!changing && draft.network === 'own' && (
        <div class="field-row field-row-top">
          <Text props={props} name="vpc_cidr" optional={false} />
          <Text props={props} name="zones" optional={false} />
        </div>
      )}
      {!changing && draft.network === 'given' && (
        <>
          <Text props={props} name="vpc_id" required />
          <Text props={props} name="subnet_ids" hint={texts.subnetsHint} lines={3} required />
        </>
      )}
      <Switch props={props} name="private_endpoint_only" />
      {!draft.private_endpoint_only && (
        <Text props={props} name="public_access_cidrs" hint={texts.cidrsHint} lines={2} />
      )}
    </Section>
  );
}

function Iam(props: FieldsProps) {
  const { draft, changing } = props;
  const texts = provisioning();
  const roles =
    draft.cluster_role || draft.node_role
      ? texts.says.givenRoles(draft.cluster_role || texts.says.own, draft.node_role || texts.says.own)
      : texts.says.ownRoles;
  return (
    <Section
      props={props}
      id="iam"
      title={texts.sections.iam}
      says={draft.role_arn ? texts.says.as(roles, draft.role_arn) : roles}
      has={['cluster_role', 'node_role', 'role_arn', 'external_id', 'admin_principal_arn']}
    >
      {!changing && (
        <>
          <div class="field-row field-row-top">
            <Text props={props} name="cluster_role" hint={texts.roleHint} />
            <Text props={props} name="node_role" />
          </div>
          <Text props={props} name="role_arn" hint={texts.roleArnHint} />
          <Text props={props} name="external_id" />
        </>
      )}
      <Text props={props} name="admin_principal_arn" hint={texts.principalHint} />
    </Section>
  );
}

function Advanced(props: FieldsProps) {
  const { draft, wrong } = props;
  const texts = provisioning();
  const on = (['encrypt_secrets', 'deletion_protection', 'ignore_desired_size'] as const).filter(
    (name) => draft[name],
  );
  return (
    <Section
      props={props}
      id="advanced"
      title={texts.sections.advanced}
      says={on.length === 0 ? texts.says.nothingOn : on.map((name) => texts.fields[name]).join(', ')}
      has={['support_type', 'encrypt_secrets', 'ignore_desired_size', 'deletion_protection', 'allow_replace']}
    >
      <SelectField
        name="support_type"
        label={texts.fields.support_type}
        value={draft.support_type}
        choices={[
          { value: '', label: texts.supportTypes.auto },
          { value: 'STANDARD', label: texts.supportTypes.STANDARD },
          { value: 'EXTENDED', label: texts.supportTypes.EXTENDED },
        ]}
        error={wrong.support_type}
      />
      <Switch props={props} name="encrypt_secrets" />
      <Switch props={props} name="deletion_protection" />
      <Switch props={props} name="ignore_desired_size" />
      {props.changing && <Text props={props} name="allow_replace" hint={texts.allowReplaceHint} lines={2} />}
    </Section>
  );
}
