// A text box over a list: typing narrows the list, arrows move in it, Enter chooses.
import { useSignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useRef } from 'preact/hooks';

interface ComboboxProps<T> {
  /** Of this page, once. */
  id: string;
  label: string;
  placeholder: string;
  inputClass: string;
  listClass?: string;
  text: string;
  options: readonly T[];
  keyOf(option: T): string;
  /** Which are chosen, where several may be; otherwise it is the one that Enter would choose. */
  isChosen?(option: T): boolean;
  multiple?: boolean;
  /** What is said where there are none. */
  none: string;
  draw(option: T): ComponentChildren;
  onText(text: string): void;
  onChoose(option: T): void;
}

/** How far a page of keys goes. */
const PAGE = 8;

export function Combobox<T>(props: ComboboxProps<T>) {
  const { id, label, options, isChosen } = props;
  const cursor = useSignal(0);
  const list = useRef<HTMLDivElement>(null);
  const last = Math.max(0, options.length - 1);
  const at = Math.min(cursor.value, last);

  function moveTo(index: number): void {
    cursor.value = Math.min(Math.max(0, index), last);
    requestAnimationFrame(() => list.current?.querySelector('.at')?.scrollIntoView({ block: 'nearest' }));
  }
  function choose(index: number): void {
    const option = options[index];
    if (option !== undefined) props.onChoose(option);
  }
  function onKeyDown(event: KeyboardEvent): void {
    if (event.isComposing) return;
    const moves: Record<string, () => void> = {
      ArrowDown: () => moveTo(at + 1),
      ArrowUp: () => moveTo(at - 1),
      PageDown: () => moveTo(at + PAGE),
      PageUp: () => moveTo(at - PAGE),
      Enter: () => choose(at),
    };
    const move = moves[event.key];
    if (!move) return;
    event.preventDefault();
    move();
  }

  return (
    <>
      <input
        class={props.inputClass}
        type="text"
        role="combobox"
        aria-expanded="true"
        aria-autocomplete="list"
        aria-controls={`${id}-options`}
        aria-activedescendant={options[at] === undefined ? undefined : `${id}-option-${at}`}
        aria-label={label}
        placeholder={props.placeholder}
        autocomplete="off"
        spellcheck={false}
        value={props.text}
        onInput={(event) => {
          props.onText(event.currentTarget.value);
          cursor.value = 0;
        }}
        onKeyDown={onKeyDown}
      />
      <div
        class={props.listClass ? `options ${props.listClass}` : 'options'}
        id={`${id}-options`}
        role="listbox"
        aria-label={label}
        aria-multiselectable={props.multiple}
        ref={list}
      >
        {options.map((option, index) => (
          // biome-ignore lint/a11y/useFocusableInteractive: the focus stays in the text box
          // biome-ignore lint/a11y/useKeyWithClickEvents: the keys are handled by the text box
          <div
            key={props.keyOf(option)}
            id={`${id}-option-${index}`}
            role="option"
            aria-selected={isChosen ? isChosen(option) : index === at}
            class={index === at ? 'option at' : 'option'}
            onPointerMove={() => {
              cursor.value = index;
            }}
            onClick={() => choose(index)}
          >
            {props.draw(option)}
          </div>
        ))}
        {options.length === 0 && <div class="option-none">{props.none}</div>}
      </div>
    </>
  );
}
