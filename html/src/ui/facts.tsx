// Names with their values, one to a line.
import type { ComponentChildren } from 'preact';

export function Facts({ wide = false, children }: { wide?: boolean; children: ComponentChildren }) {
  return <dl class={wide ? 'facts facts-wide' : 'facts'}>{children}</dl>;
}

export function Fact({ name, children }: { name: string; children: ComponentChildren }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
