// A button that saves an answer as a file, and says where that fails.
import { useSignal } from '@preact/signals';
import { type ApiError, isAbort, toApiError } from '../api/error';
import { save } from '../api/save';
import { Icon } from './icons';

interface SaveProps {
  label: string;
  tip?: string;
  path: string;
  /** Of the file. */
  name: string;
  quiet?: boolean;
  onError(error: ApiError | undefined): void;
}

export function SaveButton({ label, tip, path, name, quiet = false, onError }: SaveProps) {
  const busy = useSignal(false);
  async function run(): Promise<void> {
    busy.value = true;
    onError(undefined);
    try {
      await save(path, name);
    } catch (error) {
      if (!isAbort(error)) onError(toApiError(error));
    } finally {
      busy.value = false;
    }
  }
  return (
    <button
      type="button"
      class={quiet ? 'button button-quiet' : 'button'}
      title={tip}
      disabled={busy.value}
      onClick={run}
    >
      <Icon name="download" />
      {label}
    </button>
  );
}
