// Choose one or several from a list by typing: clusters, namespaces, regions, columns.
import { useSignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { t } from '../texts';
import { Combobox } from './combobox';
import { Icon } from './icons';
import { Popover } from './popover';

export interface Choice {
  value: string;
  label: string;
  hint?: string;
  before?: ComponentChildren;
}

interface PickerProps {
  label: string;
  button: ComponentChildren;
  buttonClass?: string;
  align?: 'start' | 'end';
  choices: readonly Choice[];
  chosen: readonly string[];
  multiple?: boolean;
  /** What an empty choice means, as the list's first entry: "All namespaces". */
  noneLabel?: string;
  /** Accepts what is typed although it is not in the list. */
  accepts?(text: string): boolean;
  footer?: ComponentChildren;
  disabled?: boolean;
  onChange(chosen: string[]): void;
}

const SHOWN = 200;

export function Picker(props: PickerProps) {
  return (
    <Popover
      label={props.label}
      button={props.button}
      buttonClass={props.buttonClass}
      align={props.align}
      disabled={props.disabled}
    >
      {(close) => <PickerPanel {...props} close={close} />}
    </Popover>
  );
}

function PickerPanel(props: PickerProps & { close(): void }) {
  const text = useSignal('');
  const wanted = text.value.trim().toLowerCase();
  const found = props.choices.filter(
    (choice) => choice.label.toLowerCase().includes(wanted) || choice.value.toLowerCase().includes(wanted),
  );
  const options: Choice[] = found.slice(0, SHOWN);
  const typed = text.value.trim();
  if (typed !== '' && props.accepts?.(typed) && !options.some((choice) => choice.value === typed)) {
    options.push({ value: typed, label: typed, hint: t().asTyped });
  }
  if (props.noneLabel && wanted === '') options.unshift({ value: '', label: props.noneLabel });
  function choose(choice: Choice): void {
    if (!props.multiple || choice.value === '') {
      props.onChange(choice.value === '' ? [] : [choice.value]);
      props.close();
      return;
    }
    const has = props.chosen.includes(choice.value);
    props.onChange(
      has ? props.chosen.filter((value) => value !== choice.value) : [...props.chosen, choice.value],
    );
    text.value = '';
  }

  const isChosen = ({ value }: Choice) =>
    value === '' ? props.chosen.length === 0 : props.chosen.includes(value);
  return (
    <div class="picker">
      <Combobox
        id="picker"
        label={props.label}
        placeholder={props.accepts ? t().typeOrPick : t().typeToFind}
        inputClass="input"
        text={text.value}
        options={options}
        keyOf={({ value }) => value}
        isChosen={isChosen}
        multiple={props.multiple}
        none={t().nothingMatches(typed)}
        draw={(choice) => (
          <>
            <span class="option-check">{isChosen(choice) && <Icon name="check" />}</span>
            {choice.before}
            <span class="option-label">{choice.label}</span>
            {choice.hint && <span class="option-hint">{choice.hint}</span>}
          </>
        )}
        onText={(next) => {
          text.value = next;
        }}
        onChoose={choose}
      />
      {props.footer}
    </div>
  );
}
