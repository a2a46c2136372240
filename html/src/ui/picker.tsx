// Choose one or several from a list by typing: clusters, namespaces, regions, columns.
import { useSignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { t } from '../texts';
import { Icon } from './icons';
import { useOptions } from './options';
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
  const { at, list, moveTo, onKeyDown } = useOptions(options.length, (index) => choose(options[index]));

  function choose(choice: Choice | undefined): void {
    if (!choice) return;
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

  return (
    <div class="picker">
      <input
        class="input"
        type="text"
        role="combobox"
        aria-expanded="true"
        aria-controls="picker-options"
        aria-activedescendant={options[at] ? `picker-option-${at}` : undefined}
        aria-label={props.label}
        placeholder={props.accepts ? t().typeOrPick : t().typeToFind}
        autocomplete="off"
        spellcheck={false}
        value={text.value}
        onInput={(event) => {
          text.value = event.currentTarget.value;
          moveTo(0);
        }}
        onKeyDown={onKeyDown}
      />
      <div
        class="options"
        id="picker-options"
        role="listbox"
        aria-label={props.label}
        aria-multiselectable={props.multiple}
        ref={list}
      >
        {options.map((choice, index) => {
          const chosen =
            choice.value === '' ? props.chosen.length === 0 : props.chosen.includes(choice.value);
          return (
            // biome-ignore lint/a11y/useFocusableInteractive: as above
            // biome-ignore lint/a11y/useKeyWithClickEvents: the keys are handled by the input
            <div
              key={choice.value}
              id={`picker-option-${index}`}
              role="option"
              aria-selected={chosen}
              class={index === at ? 'option at' : 'option'}
              onPointerMove={() => moveTo(index)}
              onClick={() => choose(choice)}
            >
              <span class="option-check">{chosen && <Icon name="check" />}</span>
              {choice.before}
              <span class="option-label">{choice.label}</span>
              {choice.hint && <span class="option-hint">{choice.hint}</span>}
            </div>
          );
        })}
        {options.length === 0 && <div class="option-none">{t().nothingMatches(typed)}</div>}
      </div>
      {props.footer}
    </div>
  );
}
