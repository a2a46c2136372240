// One field: label, control, hint, and the error at its place. Names are those of the request body, so that the
// server's causes find their field.
import type { ComponentChildren } from 'preact';

export interface FieldProps {
  name: string;
  label: string;
  hint?: string;
  error?: string;
  optional?: string;
}

export function described(name: string, hint?: string, error?: string): string | undefined {
  const ids = [error && `${name}-error`, hint && `${name}-hint`].filter(Boolean);
  return ids.length > 0 ? ids.join(' ') : undefined;
}

export function FieldFrame(props: FieldProps & { children: ComponentChildren }) {
  return (
    <div class={props.error ? 'field field-wrong' : 'field'}>
      <label for={props.name}>
        {props.label}
        {props.optional && ' '}
        {props.optional && <span class="field-optional">{props.optional}</span>}
      </label>
      {props.children}
      {props.error && (
        <p class="field-error" id={`${props.name}-error`}>
          {props.error}
        </p>
      )}
      {props.hint && (
        <p class="field-hint" id={`${props.name}-hint`}>
          {props.hint}
        </p>
      )}
    </div>
  );
}

interface TextFieldProps extends FieldProps {
  value?: string;
  secret?: boolean;
  mono?: boolean;
  choices?: readonly string[];
  required?: boolean;
  /** More than one: a text of several lines. */
  lines?: number;
}

/** Uncontrolled on purpose: a secret lives in its input only, until it is sent. */
export function TextField(props: TextFieldProps) {
  const { name, hint, error, choices, lines = 1 } = props;
  const common = {
    class: props.mono ? 'input mono' : 'input',
    id: name,
    name,
    defaultValue: props.value,
    autocomplete: 'off' as const,
    autocapitalize: 'off' as const,
    spellcheck: false,
    'data-1p-ignore': true,
    'data-lpignore': 'true',
    'aria-invalid': error ? ('true' as const) : undefined,
    'aria-required': props.required,
    'aria-describedby': described(name, hint, error),
  };
  return (
    <FieldFrame {...props}>
      {props.secret && <input type="password" {...common} />}
      {!props.secret && choices && <input type="text" list={`${name}-choices`} {...common} />}
      {!props.secret && !choices && lines === 1 && <input type="text" {...common} />}
      {lines > 1 && <textarea rows={lines} {...common} />}
      {choices && (
        <datalist id={`${name}-choices`}>
          {choices.map((choice) => (
            <option key={choice} value={choice} />
          ))}
        </datalist>
      )}
    </FieldFrame>
  );
}

interface CheckProps {
  label: string;
  hint?: string;
  /** Why it is as it is, on hover. */
  tip?: string;
  checked: boolean;
  disabled?: boolean;
  onChange(checked: boolean): void;
}

export function Check({ label, hint, tip, checked, disabled, onChange }: CheckProps) {
  return (
    <label class="check" title={tip}>
      <input
        type="checkbox"
        checked={checked}
        disabled={disabled}
        onChange={(event) => onChange(event.currentTarget.checked)}
      />
      <span>
        {label}
        {hint && <span class="radio-hint">{hint}</span>}
      </span>
    </label>
  );
}

interface RadioChoice<T extends string> {
  value: T;
  label: string;
  hint?: string;
}

interface RadiosProps<T extends string> {
  name: string;
  label: string;
  choices: readonly RadioChoice<T>[];
  value: T;
  onChange(value: T): void;
}

export function Radios<T extends string>({ name, label, choices, value, onChange }: RadiosProps<T>) {
  return (
    <fieldset class="radios">
      <legend>{label}</legend>
      {choices.map((choice) => (
        <label key={choice.value} class="radio">
          <input
            type="radio"
            name={name}
            value={choice.value}
            checked={choice.value === value}
            onChange={() => onChange(choice.value)}
          />
          <span>
            {choice.label}
            {choice.hint && <span class="radio-hint">{choice.hint}</span>}
          </span>
        </label>
      ))}
    </fieldset>
  );
}
