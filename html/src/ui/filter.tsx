// The one box over a table that shows less of it.
import type { RefObject } from 'preact';
import { t } from '../texts';
import { Icon } from './icons';

interface FilterProps {
  value: string;
  input: RefObject<HTMLInputElement | null>;
  placeholder: string;
  onInput(text: string): void;
}

export function FilterBox({ value, input, placeholder, onInput }: FilterProps) {
  return (
    <label class="filter">
      <Icon name="search" />
      <input
        class="input"
        type="text"
        ref={input}
        aria-label={t().filterLabel}
        aria-keyshortcuts="/"
        placeholder={placeholder}
        autocomplete="off"
        spellcheck={false}
        value={value}
        onInput={(event) => onInput(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key === 'Escape') {
            if (value !== '') onInput('');
            else event.currentTarget.blur();
          } else if (event.key === 'Enter' || event.key === 'ArrowDown') {
            event.preventDefault();
            document.querySelector<HTMLElement>('.view-list .table')?.focus();
          }
        }}
      />
      {/* biome-ignore lint/a11y/noAriaHiddenOnFocusable: it is a picture of a key and takes no focus */}
      {value === '' && <kbd aria-hidden="true">/</kbd>}
    </label>
  );
}
