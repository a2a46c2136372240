// What goes on is read every other second, what stands still at the usual interval.
import { useMemo } from 'preact/hooks';
import type { Query } from '../../api/query';
import { REFRESH_MS, useQuery } from '../../lib/refresh';

const BUSY_MS = 2_000;

export function useFresh<T>(query: Query<T>, isBusy: (data: T) => boolean): void {
  const pace = useMemo(
    () => ({
      interval: () => (query.data.value !== undefined && isBusy(query.data.value) ? BUSY_MS : REFRESH_MS),
    }),
    [query],
  );
  useQuery(query, pace);
}
