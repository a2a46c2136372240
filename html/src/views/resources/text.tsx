// The object as text, read-only: YAML or JSON, without the bookkeeping unless asked for.
import { useSignal } from '@preact/signals';
import { useMemo } from 'preact/hooks';
import type { KubeObject } from '../../api/types';
import { toYaml } from '../../lib/yaml';
import { t } from '../../texts';
import { CopyButton } from '../../ui/copy';
import { isSecret, masked, ordered } from './object';

/** Beyond this many lines colour would cost more than it helps. */
const COLOURED_LINES = 4000;

export function Text({ object }: { object: KubeObject }) {
  const json = useSignal(false);
  const managed = useSignal(false);
  const revealed = useSignal(false);
  const text = useMemo(() => {
    const shown = ordered(revealed.value ? object : masked(object), managed.value);
    return json.value ? `${JSON.stringify(shown, null, 2)}\n` : toYaml(shown);
  }, [object, json.value, managed.value, revealed.value]);
  const lines = text.split('\n');
  return (
    <div class="text">
      <div class="text-tools">
        <fieldset class="segments" aria-label={t().textFormat}>
          <button
            type="button"
            class="button"
            aria-pressed={!json.value}
            onClick={() => {
              json.value = false;
            }}
          >
            YAML
          </button>
          <button
            type="button"
            class="button"
            aria-pressed={json.value}
            onClick={() => {
              json.value = true;
            }}
          >
            JSON
          </button>
        </fieldset>
        {object.metadata.managedFields !== undefined && (
          <label class="check">
            <input
              type="checkbox"
              checked={managed.value}
              onChange={(event) => {
                managed.value = event.currentTarget.checked;
              }}
            />
            <span>{t().managedFields}</span>
          </label>
        )}
        {isSecret(object) && (
          <label class="check">
            <input
              type="checkbox"
              checked={revealed.value}
              onChange={(event) => {
                revealed.value = event.currentTarget.checked;
              }}
            />
            <span>{t().showValues}</span>
          </label>
        )}
        <CopyButton label={t().copy} text={() => text} />
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: long lines are scrolled by keyboard too */}
      <section class="code" tabIndex={0} aria-label={t().textLabel}>
        <pre>
          {json.value || lines.length > COLOURED_LINES
            ? text
            : lines.map((line, index) => <Line key={index} text={line} />)}
        </pre>
      </section>
    </div>
  );
}

function Line({ text }: { text: string }) {
  const match = /^(\s*(?:- )*)([^\s'"|>:-][^:]*|"[^"]*"):(?=\s|$)(.*)$/.exec(text);
  if (!match)
    return (
      <>
        {text}
        {'\n'}
      </>
    );
  return (
    <>
      {match[1]}
      <span class="code-key">{match[2]}</span>:{match[3]}
      {'\n'}
    </>
  );
}
