// An empty place says why it is empty and what the next step is.
import type { ComponentChildren } from 'preact';

export function Empty({
  title,
  why,
  children,
}: {
  title: string;
  why?: string;
  children?: ComponentChildren;
}) {
  return (
    <div class="empty">
      <h2>{title}</h2>
      {why && <p>{why}</p>}
      {children && <div class="empty-actions">{children}</div>}
    </div>
  );
}
