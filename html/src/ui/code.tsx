// A value as text, read-only: YAML or JSON, to look at and to copy.
import { useSignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useMemo } from 'preact/hooks';
import { toYaml } from '../lib/yaml';
import { t } from '../texts';
import { detail } from '../texts/object';
import { CopyButton } from './copy';

/** Beyond this many lines colour would cost more than it helps. */
const COLOURED_LINES = 4000;

interface CodeProps {
  value: unknown;
  /** What else can be chosen about it. */
  children?: ComponentChildren;
}

export function Code({ value, children }: CodeProps) {
  const json = useSignal(false);
  const text = useMemo(
    () => (json.value ? `${JSON.stringify(value, null, 2)}\n` : toYaml(value)),
    [value, json.value],
  );
  const lines = text.split('\n');
  return (
    <div class="text">
      <div class="text-tools">
        <fieldset class="segments" aria-label={detail().textFormat}>
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
        {children}
        <CopyButton label={t().copy} text={() => text} />
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: long lines are scrolled by keyboard too */}
      <section class="code" tabIndex={0} aria-label={detail().textLabel}>
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
