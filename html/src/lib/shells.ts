// The shells that are open in the dock, whatever page is shown above it.
import { signal } from '@preact/signals';

export interface ShellTarget {
  cluster: string;
  /** Without a pod, one is made for it: a shell with kubectl. */
  namespace?: string;
  pod?: string;
  /** Without one, the pod's own choice. */
  container?: string;
}

export interface OpenShell extends ShellTarget {
  id: number;
}

export const shells = signal<readonly OpenShell[]>([]);

/** The one whose screen is shown. */
export const shownShell = signal(0);

let last = 0;

export function openShell(target: ShellTarget): void {
  last += 1;
  shells.value = [...shells.value, { ...target, id: last }];
  shownShell.value = last;
}

export function closeShell(id: number): void {
  const at = shells.value.findIndex((shell) => shell.id === id);
  const left = shells.value.filter((shell) => shell.id !== id);
  shells.value = left;
  if (shownShell.value === id) shownShell.value = (left[at] ?? left[at - 1])?.id ?? 0;
}

export function closeShells(): void {
  shells.value = [];
  shownShell.value = 0;
}
