import type { ComponentChildren } from 'preact';
import { count } from '../lib/format';
import { t } from '../texts';
import { Mark } from './mark';

export interface Tab {
  id: string;
  label: string;
  /** How many there are behind it, once known. */
  count?: number;
  faults?: number;
}

interface TabsProps {
  label: string;
  tabs: readonly Tab[];
  open: string;
  onOpen(id: string): void;
  children: ComponentChildren;
}

export function Tabs({ label, tabs, open, onOpen, children }: TabsProps) {
  function move(event: KeyboardEvent): void {
    const step = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0;
    if (step === 0) return;
    const at = tabs.findIndex((tab) => tab.id === open);
    const next = tabs[(at + step + tabs.length) % tabs.length];
    if (!next) return;
    event.preventDefault();
    onOpen(next.id);
    document.getElementById(`tab-${next.id}`)?.focus();
  }
  return (
    <>
      <div class="tabs" role="tablist" aria-label={label} onKeyDown={move}>
        {tabs.map((tab) => (
          <button
            key={tab.id}
            id={`tab-${tab.id}`}
            type="button"
            role="tab"
            class="tab"
            aria-selected={tab.id === open}
            aria-controls="tab-panel"
            tabIndex={tab.id === open ? 0 : -1}
            onClick={() => onOpen(tab.id)}
          >
            {tab.faults ? <Mark mark="bad" /> : null}
            {tab.faults ? <span class="offscreen">{t().marks.bad}</span> : null}
            {tab.label}
            {tab.count !== undefined && <span class="tab-count">{count(tab.count)}</span>}
          </button>
        ))}
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling panel must be reachable by keyboard */}
      <div class="tab-panel" id="tab-panel" role="tabpanel" aria-labelledby={`tab-${open}`} tabIndex={0}>
        {children}
      </div>
    </>
  );
}
