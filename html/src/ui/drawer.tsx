// The detail beside a list: what it is, its tabs, and the way back.
import type { ComponentChildren } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';
import { useKeys } from '../lib/keys';
import { covering } from '../lib/media';
import { stored } from '../lib/prefs';
import { t } from '../texts';
import { detail } from '../texts/object';
import { Icon } from './icons';
import { type Tab, Tabs } from './tabs';

interface DrawerFrameProps {
  kind: string;
  /** Where it is, when names are not enough. */
  place?: string;
  name: string;
  tabs: readonly Tab[];
  tab: string;
  onTab(id: string): void;
  onClose(): void;
  /** What can be done with it. */
  actions?: ComponentChildren;
  children: ComponentChildren;
}

/** Texts and logs want the whole page; whoever likes it so once likes it so again. */
const wide = stored<boolean>('wide', false, (value): value is boolean => typeof value === 'boolean');

const FIRST = { role: 'heading', 'aria-level': 1 } as const;

export function DrawerFrame(props: DrawerFrameProps) {
  const { kind, place, name, tabs, tab, onTab, onClose, actions, children } = props;
  const element = useRef<HTMLElement>(null);
  useLayoutEffect(() => element.current?.focus(), []);
  const widen = () => {
    wide.value = !wide.peek();
  };
  const widenLabel = wide.value ? detail().notWide : detail().wide;
  useKeys([
    ...tabs.map((other, index) => ({
      keys: String(index + 1),
      label: other.label,
      run: () => onTab(other.id),
    })),
    { keys: 'w', label: widenLabel, run: widen },
  ]);
  return (
    <aside
      class={wide.value ? 'drawer drawer-wide' : 'drawer'}
      aria-label={detail().detailOf(kind, name)}
      ref={element}
      tabIndex={-1}
    >
      <div class="drawer-head">
        <div class="drawer-title">
          {/* Over the whole page there is no other heading of the first level. */}
          <p {...(covering.value ? FIRST : {})}>
            {kind}
            {place && <span class="mono"> · {place}</span>}
          </p>
          <h2 class="mono">{name}</h2>
        </div>
        {actions && <div class="drawer-actions">{actions}</div>}
        {!covering.value && (
          <button
            type="button"
            class="button button-icon"
            aria-label={widenLabel}
            aria-pressed={wide.value}
            title={`${widenLabel} (w)`}
            onClick={widen}
          >
            <Icon name="wide" />
          </button>
        )}
        <button
          type="button"
          class="button button-icon"
          aria-label={t().close}
          title={t().close}
          onClick={onClose}
        >
          <Icon name="close" />
        </button>
      </div>
      <Tabs label={detail().detailOf(kind, name)} tabs={tabs} open={tab} onOpen={onTab}>
        {children}
      </Tabs>
    </aside>
  );
}

interface ChangeButtonsProps {
  onEdit?(): void;
  onRemove?(): void;
}

/** What can be done with everything that is kept: change it, delete it. */
export function ChangeButtons({ onEdit, onRemove }: ChangeButtonsProps) {
  return (
    <>
      {onEdit && (
        <button type="button" class="button" title={`${detail().edit} (e)`} onClick={onEdit}>
          {detail().edit}
        </button>
      )}
      {onRemove && (
        <button type="button" class="button" onClick={onRemove}>
          {detail().remove}
        </button>
      )}
    </>
  );
}
