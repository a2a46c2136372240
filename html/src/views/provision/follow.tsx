// A run that has been accepted is gone to, and what was said with that is shown there.
import { signal } from '@preact/signals';
import type { Accepted } from '../../api/provision';
import { navigate, to } from '../../router';
import { Mark } from '../../ui/mark';

const warned = signal<{ run: string; warnings: readonly string[] } | undefined>(undefined);

export function followRun(name: string, { run, warnings = [] }: Accepted): void {
  warned.value = { run, warnings };
  navigate(to('provision-run', { name, run }));
}

export function Warnings({ run }: { run: string }) {
  if (warned.value?.run !== run) return null;
  return warned.value.warnings.map((warning) => (
    <p class="strip strip-warn" key={warning}>
      <Mark mark="bad" />
      <span class="strip-text">{warning}</span>
    </p>
  ));
}
