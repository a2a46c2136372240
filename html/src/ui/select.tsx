// One of a few, as a field of a form: the browser's own list.
import type { ComponentChildren } from 'preact';
import { described, FieldFrame, type FieldProps } from './field';

interface SelectFieldProps extends FieldProps {
  value: string;
  choices: readonly { value: string; label: string }[];
  mono?: boolean;
  onChange?(value: string): void;
}

export function SelectField(props: SelectFieldProps) {
  const { name, hint, error, value, choices, mono, onChange } = props;
  return (
    <FieldFrame {...props}>
      <select
        class={mono ? 'input select mono' : 'input select'}
        id={name}
        name={name}
        aria-invalid={error ? 'true' : undefined}
        aria-describedby={described(name, hint, error)}
        defaultValue={value}
        onChange={(event) => onChange?.(event.currentTarget.value)}
      >
        {choices.map((choice) => (
          <option key={choice.value} value={choice.value} selected={choice.value === value}>
            {choice.label}
          </option>
        ))}
      </select>
    </FieldFrame>
  );
}

interface SegmentsProps<T extends string> {
  label: string;
  choices: readonly { value: T; label: string }[];
  value: T;
  onChange(value: T): void;
}

/** Two or three ways of one thing, side by side. */
export function Segments<T extends string>({
  label,
  choices,
  value,
  onChange,
}: SegmentsProps<T>): ComponentChildren {
  return (
    <fieldset class="segments" aria-label={label}>
      {choices.map((choice) => (
        <button
          key={choice.value}
          type="button"
          class="button"
          aria-pressed={choice.value === value}
          onClick={() => onChange(choice.value)}
        >
          {choice.label}
        </button>
      ))}
    </fieldset>
  );
}
