// What an order will cost in a month, roughly: each part, the surcharge of extended support, where the prices are from.
import { signal, useSignal } from '@preact/signals';
import { useEffect, useMemo } from 'preact/hooks';
import * as api from '../../api/provision';
import { Query } from '../../api/query';
import { locale } from '../../texts';
import { provisioning } from '../../texts/provision';
import { ErrorBox } from '../../ui/error';
import { Again } from '../../ui/list';
import { Mark } from '../../ui/mark';
import { Skeleton } from '../../ui/waiting';
import { type Draft, priceQuery } from './order';
import { money } from './states';
import { dateText } from './words';

/** Typing pauses for so long before the estimate is asked for again. */
const PAUSE_MS = 300;

/** `sound`: nothing is wrong with what the estimate depends on. */
export function Estimate({ draft, sound }: { draft: Draft; sound: boolean }) {
  const wanted = useMemo(() => signal<Record<string, string>>({}), []);
  const query = useMemo(() => new Query((abort) => api.cost(wanted.peek(), abort)), []);
  const asked = useSignal('');
  const next = priceQuery(draft);
  const key = JSON.stringify(next);
  useEffect(() => {
    if (!sound || key === asked.peek()) return;
    const timer = setTimeout(
      () => {
        asked.value = key;
        wanted.value = next;
        query.renew();
      },
      asked.peek() === '' ? 0 : PAUSE_MS,
    );
    return () => clearTimeout(timer);
  }, [key, sound]);
  useEffect(() => () => query.cancel(), []);
  const texts = provisioning();
  const cost = query.data.value;
  const old = !sound || key !== asked.value || query.loading.value;
  return (
    <section class={cost && old ? 'costs stale' : 'costs'}>
      <h2>{texts.costTitle}</h2>
      {query.error.value && (
        <ErrorBox
          slim={cost !== undefined}
          failed={texts.costFailed}
          error={query.error.value}
          actions={<Again query={query} />}
        />
      )}
      {!cost && !query.error.value && <Skeleton rows={4} />}
      {cost && <CostTable cost={cost} />}
    </section>
  );
}

export function CostTable({ cost }: { cost: api.Cost }) {
  const texts = provisioning();
  const amount = (value: number) => money(value, cost.currency, locale());
  const items = cost.items.filter(({ quantity }) => quantity > 0);
  return (
    <>
      <table class="cost-table">
        <tbody>
          {items.map(({ id, label, quantity, unit_price, monthly }) => (
            <tr key={id} class={id === 'extended_support' ? 'cost-extra' : undefined}>
              <th scope="row">
                {id === 'extended_support' && <Mark mark="bad" />}
                {texts.costs[id] ?? label}
                {unit_price !== null && quantity > 1 && (
                  <span class="cost-how">{texts.costHow(String(quantity), amount(unit_price))}</span>
                )}
              </th>
              <td>{monthly === null ? <span class="muted">{texts.costUnknown}</span> : amount(monthly)}</td>
            </tr>
          ))}
        </tbody>
        <tfoot>
          <tr>
            <th scope="row">{texts.costSum}</th>
            <td>{amount(cost.monthly)}</td>
          </tr>
        </tfoot>
      </table>
      {cost.missing.length > 0 && (
        <div class="field-hint">
          <p>{texts.costMissing}</p>
          <ul class="cost-missing">
            {cost.missing.map((what) => (
              <li key={what}>{what}</li>
            ))}
          </ul>
        </div>
      )}
      <p class="field-hint">{texts.costSource(cost.source, dateText(cost.as_of))}</p>
    </>
  );
}
