// The object as text, without the bookkeeping and with its secrets covered unless asked for.
import { useSignal } from '@preact/signals';
import { useMemo } from 'preact/hooks';
import type { KubeObject } from '../../api/types';
import { detail } from '../../texts/object';
import { Code } from '../../ui/code';
import { Check } from '../../ui/field';
import { isSecret, masked, ordered } from './object';

export function Text({ object }: { object: KubeObject }) {
  const managed = useSignal(false);
  const revealed = useSignal(false);
  const shown = useMemo(
    () => ordered(revealed.value ? object : masked(object), managed.value),
    [object, managed.value, revealed.value],
  );
  return (
    <Code value={shown}>
      {object.metadata.managedFields !== undefined && (
        <Check
          label={detail().managedFields}
          checked={managed.value}
          onChange={(checked) => {
            managed.value = checked;
          }}
        />
      )}
      {isSecret(object) && (
        <Check
          label={detail().showValues}
          checked={revealed.value}
          onChange={(checked) => {
            revealed.value = checked;
          }}
        />
      )}
    </Code>
  );
}
