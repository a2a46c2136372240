// What is meant, by name: a few of them, and how many more there are.
import { t } from '../texts';
import '../styles/edit.css';

/** More names than this say no more. */
const NAMED = 8;

export function Names({ title, names }: { title: string; names: readonly string[] }) {
  return (
    <div class="loss">
      <p>{title}</p>
      <ul class="mono">
        {names.slice(0, NAMED).map((name) => (
          <li key={name}>{name}</li>
        ))}
      </ul>
      {names.length > NAMED && <p class="muted">{t().andOthers(names.length - NAMED)}</p>}
    </div>
  );
}
