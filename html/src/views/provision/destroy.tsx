// The end of a cluster: its name is typed, since nothing brings it back; and of what is kept of it here.

import type * as api from '../../api/provision';
import { cleanUp, destroy } from '../../api/provision';
import { t } from '../../texts';
import { provisioning } from '../../texts/provision';
import { Dialog } from '../../ui/dialog';
import { Mark } from '../../ui/mark';
import { RemoveDialog } from '../../ui/remove';
import { followRun } from './follow';

export function DestroyDialog({ cluster, onClose }: { cluster: api.ProvisionedDetail; onClose(): void }) {
  const { cluster_name: name } = cluster;
  const texts = provisioning();
  if (cluster.protected) {
    return (
      <Dialog label={texts.destroyTitle(name)} onClose={onClose}>
        <h2>{texts.destroyTitle(name)}</h2>
        <p class="strip strip-warn verdict">
          <Mark mark="bad" />
          <span class="strip-text">{texts.destroyProtected}</span>
        </p>
        <div class="dialog-actions">
          <button type="button" class="button button-main" onClick={onClose}>
            {t().close}
          </button>
        </div>
      </Dialog>
    );
  }
  return (
    <RemoveDialog
      kind={texts.clusterKind}
      name={name}
      grave
      words={{
        title: texts.destroyTitle(name),
        type: texts.destroyType(name),
        action: texts.destroyAction(name),
        busy: texts.sending,
        failed: texts.destroyFailed(name),
      }}
      remove={async () => {
        const accepted = await destroy(name);
        onClose();
        followRun(name, accepted);
      }}
      onClose={onClose}
      onDone={onClose}
    >
      {texts.destroyEffect.map((sentence) => (
        <p key={sentence}>{sentence}</p>
      ))}
    </RemoveDialog>
  );
}

interface CleanUpProps {
  name: string;
  onClose(): void;
  onDone(): void;
}

export function CleanUpDialog({ name, onClose, onDone }: CleanUpProps) {
  const texts = provisioning();
  return (
    <RemoveDialog
      kind={texts.clusterKind}
      name={name}
      grave={false}
      words={{
        title: texts.cleanUpTitle(name),
        type: '',
        action: texts.cleanUpAction,
        busy: texts.sending,
        failed: texts.cleanUpFailed(name),
      }}
      remove={() => cleanUp(name)}
      onClose={onClose}
      onDone={onDone}
    >
      <p>{texts.cleanUpEffect}</p>
    </RemoveDialog>
  );
}
