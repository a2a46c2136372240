// What the parts of the form of an order are made of.
import type { ComponentChildren } from 'preact';
import type { Addon, InstanceType, KubernetesVersion } from '../../api/provision';
import { t } from '../../texts';
import { provisioning } from '../../texts/provision';
import { Check, TextField } from '../../ui/field';
import type { Draft, SwitchName, TextName, Wrong } from './order';

export interface Lists {
  versions: readonly KubernetesVersion[];
  versionsSource: string;
  regions: readonly string[];
  types: readonly InstanceType[];
  /** Those of the version that is chosen; nothing before they are there, empty where AWS could not be asked. */
  addons: readonly Addon[] | undefined;
}

export interface FieldsProps {
  draft: Draft;
  wrong: Wrong;
  lists: Lists;
  /** Of a cluster that is there: what cannot be changed is not offered. */
  changing: boolean;
  opened: ReadonlySet<string>;
  onOpen(section: string, open: boolean): void;
  onChange(change: Partial<Draft>, name: string): void;
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

export function Section({ props, id, title, says, has, children }: SectionProps) {
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

export function Text({ props, name, hint, required, optional = !required, lines, choices }: TextProps) {
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

export function Switch({
  props,
  name,
  disabled,
}: {
  props: FieldsProps;
  name: SwitchName;
  disabled?: boolean;
}) {
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
