// The order as a form: what most need stands open, the rest is one line each that says what it will be.
import type { ComponentChildren } from 'preact';
import type { InstanceType, KubernetesVersion } from '../../api/provision';
import { t } from '../../texts';
import { provisioning } from '../../texts/provision';
import { Check, Radios, TextField } from '../../ui/field';
import { Icon } from '../../ui/icons';
import { SelectField } from '../../ui/select';
import { type Draft, linesOf, type Pair, pair, type SwitchName, type TextName, type Wrong } from './order';
import { dateText } from './words';

export interface Lists {
  versions: readonly KubernetesVersion[];
  versionsSource: string;
  regions: readonly string[];
  types: readonly InstanceType[];
}

interface FieldsProps {
  draft: Draft;
  wrong: Wrong;
  lists: Lists;
  /** Of a cluster that is there: what cannot be changed is not offered. */
  changing: boolean;
  opened: ReadonlySet<string>;
  onOpen(section: string, open: boolean): void;
  onChange(change: Partial<Draft>, name: string): void;
}

export function OrderFields(props: FieldsProps) {
  return (
    <>
      <Basic {...props} />
      <Nodes {...props} />
      <Network {...props} />
      <Iam {...props} />
      <Addons {...props} />
      <Tags {...props} />
      <Advanced {...props} />
    </>
  );
}

interface SectionProps {
  props: FieldsProps;
  id: string;
  title: string;
  /** What it says while it is closed. */
  says: string;
  /** The fields in it, which open it when something is wrong with them. */
  has: readonly string[];
  children: ComponentChildren;
}

function Section({ props, id, title, says, has, children }: SectionProps) {
  const faulty = Object.keys(props.wrong).some((field) => has.includes(field.replace(/\[.*$/s, '')));
  const open = faulty || props.opened.has(id);
  return (
    <details
      class="section"
      open={open}
      onToggle={(event) => {
        if (event.currentTarget.open !== open) props.onOpen(id, event.currentTarget.open);
      }}
    >
      <summary>
        <h2>{title}</h2>
        {!open && <span class="section-says">{says}</span>}
      </summary>
      <div class="section-body">{children}</div>
    </details>
  );
}

interface TextProps {
  props: FieldsProps;
  name: TextName;
  hint?: string;
  required?: boolean;
  optional?: boolean;
  lines?: number;
  choices?: readonly string[];
}

function Text({ props, name, hint, required, optional = !required, lines, choices }: TextProps) {
  return (
    <TextField
      name={name}
      label={provisioning().fields[name]}
      hint={hint}
      optional={optional ? t().optional : undefined}
      value={props.draft[name]}
      mono
      required={required}
      lines={lines}
      choices={choices}
      error={props.wrong[name]}
    />
  );
}

function Switch({ props, name, disabled }: { props: FieldsProps; name: SwitchName; disabled?: boolean }) {
  return (
    <Check
      label={provisioning().fields[name]}
      hint={provisioning().switchHints[name]}
      checked={props.draft[name]}
      disabled={disabled}
      onChange={(on) => props.onChange({ [name]: on }, name)}
    />
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
      <div class="field-row field-row-top">
        <Text
          props={props}
          name="instance_type"
          choices={names}
          optional={false}
          hint={typeHint(lists.types, draft.instance_type)}
        />
        <Text
          props={props}
          name="first_instance_type"
          choices={names}
          optional={false}
          hint={typeHint(lists.types, draft.first_instance_type) ?? texts.firstTypeHint}
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

interface PairsProps {
  props: FieldsProps;
  field: 'addons' | 'tags';
  nameLabel: string;
  valueLabel: string;
  add: string;
  removeLabel(name: string): string;
}

function Pairs({ props, field, nameLabel, valueLabel, add, removeLabel }: PairsProps) {
  const pairs = props.draft[field];
  const change = (next: Pair[]) => props.onChange({ [field]: next }, field);
  return (
    <div class="order-pairs">
      {pairs.map(({ id, name, value }, index) => (
        <div class="order-pair" key={id}>
          <TextField
            name={`${field}[${index}].name`}
            label={nameLabel}
            value={name}
            mono
            error={props.wrong[`${field}[${index}].name`]}
          />
          <TextField
            name={`${field}[${index}].value`}
            label={valueLabel}
            value={value}
            mono
            error={props.wrong[`${field}[${index}].value`]}
          />
          <button
            type="button"
            class="button button-icon"
            aria-label={removeLabel(name)}
            title={removeLabel(name)}
            onClick={() => change(pairs.filter((each) => each.id !== id))}
          >
            <Icon name="close" />
          </button>
        </div>
      ))}
      {props.wrong[field] && <p class="field-error">{props.wrong[field]}</p>}
      <button type="button" class="button" onClick={() => change([...pairs, pair()])}>
        <Icon name="plus" />
        {add}
      </button>
    </div>
  );
}

function Addons(props: FieldsProps) {
  const texts = provisioning();
  const names = props.draft.addons.map(({ name }) => name.trim()).filter((name) => name !== '');
  return (
    <Section
      props={props}
      id="addons"
      title={texts.sections.addons}
      says={names.length === 0 ? texts.says.noAddons : names.join(', ')}
      has={['addons']}
    >
      <Pairs
        props={props}
        field="addons"
        nameLabel={texts.addonName}
        valueLabel={texts.addonVersion}
        add={texts.addAddon}
        removeLabel={texts.removeAddon}
      />
      <p class="field-hint">{texts.addonsHint}</p>
    </Section>
  );
}

function Tags(props: FieldsProps) {
  const texts = provisioning();
  const said = props.draft.tags.map(({ name, value }) => `${name}=${value}`);
  return (
    <Section
      props={props}
      id="tags"
      title={texts.sections.tags}
      says={said.length === 0 ? texts.says.noTags : said.join(', ')}
      has={['tags']}
    >
      <Pairs
        props={props}
        field="tags"
        nameLabel={texts.tagName}
        valueLabel={texts.tagValue}
        add={texts.addTag}
        removeLabel={texts.removeTag}
      />
      <p class="field-hint">{texts.tagsHint}</p>
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
