// Every shortcut that works on this page, from the same table the keyboard uses.
import { activeBindings, shownKeys } from '../lib/keys';
import { t } from '../texts';
import { Dialog } from '../ui/dialog';

export function Help({ onClose }: { onClose(): void }) {
  return (
    <Dialog label={t().help} onClose={onClose}>
      <h2>{t().help}</h2>
      <dl class="shortcuts">
        {activeBindings().map((binding) => (
          <div key={binding.keys}>
            <dt>
              {shownKeys(binding.keys)
                .split(' ')
                .map((key) => (
                  <kbd key={key}>{key}</kbd>
                ))}
            </dt>
            <dd>{binding.label}</dd>
          </div>
        ))}
      </dl>
      <div class="dialog-actions">
        <button type="button" class="button" onClick={onClose}>
          {t().close}
        </button>
      </div>
    </Dialog>
  );
}
