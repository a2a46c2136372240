// What a shell is called.
import { clusterOf } from '../../lib/gate';
import type { OpenShell } from '../../lib/shells';
import { shellTexts } from '../../texts/terminal';

export function nameOf(shell: OpenShell): string {
  if (!shell.pod) return shellTexts().onCluster(clusterOf(shell.cluster)?.name ?? shell.cluster);
  return shell.container ? `${shell.pod} · ${shell.container}` : shell.pod;
}
