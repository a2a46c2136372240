// How many nodes each group may have and shall have: planned only, or at once.

import { useSignal } from '@preact/signals';
import { type ApiError, toApiError } from '../../api/error';
import * as api from '../../api/provision';
import { t } from '../../texts';
import { provisioning } from '../../texts/provision';
import { Dialog } from '../../ui/dialog';
import { ErrorBox } from '../../ui/error';
import { TextField } from '../../ui/field';
import { followRun } from './follow';
import { ANYTHING, draftOf, type Wrong, wrongWith } from './order';
import { ActiveRunLink, NEEDS } from './refusal';

const FIELDS = ['node_min', 'node_desired', 'node_max'] as const;
/** Not known of a cluster that was ordered before it could be said. */
const FIRST = 'first_node_count';
const ALL = [...FIELDS, FIRST] as const;
type Field = (typeof ALL)[number];

export function ScaleDialog({ cluster, onClose }: { cluster: api.ProvisionedDetail; onClose(): void }) {
  const { cluster_name: name } = cluster;
  const draft = useSignal(draftOf(cluster.applied ?? cluster.order ?? { cluster_name: name }));
  const said = useSignal<Wrong>({});
  const busy = useSignal(false);
  const failed = useSignal<ApiError | undefined>(undefined);
  const texts = provisioning();
  const found = wrongWith(draft.value, ANYTHING);
  const wrong = (field: Field) =>
    said.value[field] ??
    (field !== FIRST && draft.value[field].trim() === '' ? texts.wrong.needed : found[field]);
  const title = texts.scaleTitle(name);

  async function send(plan_only: boolean): Promise<void> {
    if (busy.peek() || ALL.some((field) => wrong(field) !== undefined)) return;
    busy.value = true;
    failed.value = undefined;
    const { node_min, node_desired, node_max, first_node_count } = draft.peek();
    const body = {
      node_min: Number(node_min),
      node_desired: Number(node_desired),
      node_max: Number(node_max),
      ...(first_node_count.trim() === '' ? {} : { first_node_count: Number(first_node_count) }),
    };
    try {
      const accepted = await api.scale(name, plan_only ? { ...body, plan_only } : body);
      onClose();
      followRun(name, accepted);
    } catch (reason) {
      const error = toApiError(reason);
      said.value = error.fields;
      failed.value = error;
    } finally {
      busy.value = false;
    }
  }

  const input = (field: Field) => (
    <TextField
      key={field}
      name={field}
      label={texts.fields[field]}
      value={draft.value[field]}
      mono
      error={wrong(field)}
    />
  );
  return (
    <Dialog label={title} onClose={onClose}>
      <form
        class="form"
        noValidate
        onInput={(event) => {
          const { name: field, value } = event.target as HTMLInputElement;
          draft.value = { ...draft.peek(), [field]: value };
          said.value = {};
        }}
        onSubmit={(event) => {
          event.preventDefault();
          send(true);
        }}
      >
        <h2>{title}</h2>
        <p>{texts.scaleEffect}</p>
        <div class="field-row field-counts">{FIELDS.map(input)}</div>
        {input(FIRST)}
        {failed.value && (
          <ErrorBox
            failed={texts.scaleFailed(name)}
            error={failed.value}
            shown={failed.value.causes}
            needs={NEEDS()}
            actions={<ActiveRunLink error={failed.value} name={name} />}
          />
        )}
        <div class="dialog-actions">
          <button type="button" class="button" onClick={onClose}>
            {t().cancel}
          </button>
          <button type="submit" class="button" disabled={busy.value}>
            {texts.planOnly}
          </button>
          <button type="button" class="button button-main" disabled={busy.value} onClick={() => send(false)}>
            {busy.value ? texts.sending : texts.scaleAction(draft.value.node_desired.trim())}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
