import { useSignal } from '@preact/signals';
import { copy } from '../lib/format';
import { t } from '../texts';
import { Icon } from './icons';

/** Copies what `text` gives at that moment, and says that it did. */
export function CopyButton({ label, text }: { label: string; text: () => string }) {
  const done = useSignal(false);
  return (
    <button
      type="button"
      class="button button-quiet"
      onClick={async () => {
        done.value = await copy(text());
        setTimeout(() => {
          done.value = false;
        }, 1500);
      }}
    >
      <Icon name={done.value ? 'check' : 'copy'} />
      <span aria-live="polite">{done.value ? t().copied : label}</span>
    </button>
  );
}
