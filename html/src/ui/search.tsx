// Words to look for in a long text: how many there are, and from one to the next by Enter.
import { useSignal } from '@preact/signals';
import { useRef } from 'preact/hooks';
import { count } from '../lib/format';
import { useKeys } from '../lib/keys';
import { detail } from '../texts/object';
import { Icon } from './icons';

interface SearchProps {
  label: string;
  value: string;
  matches: number;
  onInput(text: string): void;
  /** Goes to the next or the previous, and says which it is, from one on. */
  onStep(by: 1 | -1): number;
}

export function Search({ label, value, matches, onInput, onStep }: SearchProps) {
  const input = useRef<HTMLInputElement>(null);
  const at = useSignal(0);
  useKeys([{ keys: '/', label, run: () => input.current?.select() }]);
  const step = (by: 1 | -1) => {
    at.value = onStep(by);
  };
  return (
    <div class="search">
      <label class="filter">
        <Icon name="search" />
        <input
          class="input"
          type="text"
          ref={input}
          aria-label={label}
          placeholder={label}
          autocomplete="off"
          spellcheck={false}
          value={value}
          onInput={(event) => {
            at.value = 0;
            onInput(event.currentTarget.value);
          }}
          onKeyDown={(event) => {
            if (event.isComposing) return;
            if (event.key === 'Enter') step(event.shiftKey ? -1 : 1);
            else if (event.key === 'Escape' && value !== '') onInput('');
            else if (event.key === 'Escape') event.currentTarget.blur();
            else return;
            event.preventDefault();
            event.stopPropagation();
          }}
        />
      </label>
      {value !== '' && (
        <>
          <span class="search-count" role="status">
            {at.value > 0
              ? detail().searchAt(count(Math.min(at.value, matches)), count(matches))
              : count(matches)}
          </span>
          <button
            type="button"
            class="button button-icon"
            aria-label={detail().searchBack}
            title={detail().searchBack}
            disabled={matches === 0}
            onClick={() => step(-1)}
          >
            <Icon name="up" />
          </button>
          <button
            type="button"
            class="button button-icon"
            aria-label={detail().searchOn}
            title={detail().searchOn}
            disabled={matches === 0}
            onClick={() => step(1)}
          >
            <Icon name="down" />
          </button>
        </>
      )}
    </div>
  );
}
