// A text of YAML to write in: the browser's own text area, with its undo, its search, its input methods and its names
// for screen readers, and beside it the numbers of the lines.
import { useSignal } from '@preact/signals';
import { useLayoutEffect, useMemo, useRef } from 'preact/hooks';
import { editing } from '../../texts/edit';
import { Mark } from '../../ui/mark';
import type { YamlFault } from './parse';
import { type Edit, indent, newline, outdent } from './typing';

interface EditorProps {
  label: string;
  value: string;
  faults: readonly YamlFault[];
  readOnly?: boolean;
  /** It is a part of a page, and does not take the focus. */
  quiet?: boolean;
  onInput(text: string): void;
  /** Ctrl Enter. */
  onSubmit(): void;
}

export function Editor({ label, value, faults, readOnly, quiet, onInput, onSubmit }: EditorProps) {
  const area = useRef<HTMLTextAreaElement>(null);
  const gutter = useRef<HTMLPreElement>(null);
  /** After Escape the next Tab leaves, as for everybody who has no pointer it must. */
  const leaving = useSignal(false);
  const lines = useMemo(() => value.split('\n').length, [value]);
  const wrong = new Set(faults.map((fault) => fault.line));

  useLayoutEffect(() => {
    const element = area.current;
    if (!element || quiet) return;
    element.focus();
    element.setSelectionRange(0, 0);
    element.scrollTop = 0;
  }, []);

  function change(edit: Edit): void {
    const element = area.current;
    if (!element) return;
    element.setSelectionRange(edit.from, edit.to);
    // The only way of writing that the browser can undo.
    if (!document.execCommand('insertText', false, edit.insert)) {
      element.setRangeText(edit.insert, edit.from, edit.to, 'end');
      onInput(element.value);
    }
    element.setSelectionRange(edit.start, edit.end);
  }

  function onKeyDown(event: KeyboardEvent): void {
    const element = area.current;
    if (!element || readOnly || event.isComposing) return;
    const { value: text, selectionStart: start, selectionEnd: end } = element;
    if (event.key === 'Escape') {
      leaving.value = true;
      event.stopPropagation();
      return;
    }
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) onSubmit();
    else if (event.ctrlKey || event.metaKey || event.altKey) return;
    else if (event.key === 'Tab' && !leaving.value)
      change(event.shiftKey ? outdent(text, start, end) : indent(text, start, end));
    else if (event.key === 'Enter' && !event.shiftKey) change(newline(text, start, end));
    else {
      if (event.key !== 'Tab' && event.key !== 'Shift') leaving.value = false;
      return;
    }
    event.preventDefault();
  }

  return (
    <div class="editor">
      <div class="editor-box">
        <pre class="editor-lines" ref={gutter} aria-hidden="true">
          {Array.from({ length: lines }, (_, index) => (
            <span key={index} class={wrong.has(index + 1) ? 'editor-wrong' : undefined}>
              {`${index + 1}\n`}
            </span>
          ))}
        </pre>
        <textarea
          class="editor-text"
          ref={area}
          aria-label={label}
          aria-describedby="editor-keys"
          aria-invalid={faults.length > 0 ? 'true' : undefined}
          spellcheck={false}
          autocomplete="off"
          autocapitalize="off"
          wrap="off"
          readOnly={readOnly}
          value={value}
          onInput={(event) => onInput(event.currentTarget.value)}
          onKeyDown={onKeyDown}
          onScroll={(event) => {
            if (gutter.current) gutter.current.scrollTop = event.currentTarget.scrollTop;
          }}
          onBlur={() => {
            leaving.value = false;
          }}
        />
      </div>
      <div class="editor-foot">
        {faults[0] ? (
          <p class="editor-fault" role="status">
            <Mark mark="bad" />
            {editing().faultAt(faults[0].line, faults[0].column)} {faults[0].message}
          </p>
        ) : (
          <p class="muted" id="editor-keys">
            {leaving.value ? editing().tabLeaves : editing().editorKeys}
          </p>
        )}
      </div>
    </div>
  );
}
