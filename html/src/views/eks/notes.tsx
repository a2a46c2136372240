// What must be said about a part beside its rows: that it is old, that some of it is missing, or why there is nothing.
import type { Query } from '../../api/query';
import { clock } from '../../lib/age';
import { t } from '../../texts';
import { eks } from '../../texts/eks';
import { Empty } from '../../ui/empty';
import { ErrorBox } from '../../ui/error';
import { Mark } from '../../ui/mark';
import { Waiting } from '../../ui/waiting';
import type { PartSource } from './source';

export function Again({ query }: { query: Query<unknown> }) {
  return (
    <button type="button" class="button" disabled={query.loading.value} onClick={() => query.load()}>
      {t().tryAgain}
    </button>
  );
}

/** Items that AWS listed and would not describe. */
export function Undescribed({
  errors,
}: {
  errors: readonly { name: string; code: string; message: string }[];
}) {
  return errors.map(({ name, code, message }) => (
    <div class="strip strip-warn" role="status" key={name}>
      <Mark mark="bad" />
      <span class="strip-text">
        <strong>{eks().itemFailed(name)}</strong> <code class="error-code">{code}</code> {message}
      </span>
    </div>
  ));
}

export function PartNotes({ source, where }: { source: PartSource; where: string }) {
  const { part, query } = source;
  const title = eks().parts[part.id];
  const error = query.error.value;
  const asOf = query.asOf.value;
  return (
    <>
      {error && (
        <ErrorBox
          slim={asOf !== undefined}
          failed={
            asOf === undefined ? eks().partFailed(title, where) : eks().refreshFailed(title, clock(asOf))
          }
          error={error}
          needs={eks().needs(part.rights)}
          actions={<Again query={query} />}
        />
      )}
      <Undescribed errors={query.data.value?.errors ?? []} />
    </>
  );
}

/** In the place of the rows while there are none. */
export function PartNothing({ source, where }: { source: PartSource; where: string }) {
  const { part, query } = source;
  const title = eks().parts[part.id];
  if (query.data.value) {
    const all = (query.data.value.errors?.length ?? 0) === 0;
    return all ? <Empty title={eks().none[part.id]} why={eks().noneWhy[part.id]} /> : null;
  }
  if (query.cancelled.value) {
    return (
      <Empty title={t().cancelledTitle(title)} why={t().cancelledWhy}>
        <Again query={query} />
      </Empty>
    );
  }
  return query.error.value ? null : (
    <Waiting what={eks().waiting(title, where)} onCancel={() => query.cancel()} />
  );
}
