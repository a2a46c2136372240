import { describe, expect, it } from 'vitest';
import { ApiError } from '../../api/error';
import type { Available } from '../../api/types';
import { isSwitchedOff, type Place, placesOf, Scan } from './scan';

function cluster(name: string, region: string) {
  return { name, region, status: 'ACTIVE', version: '1.33', endpoint: '', created_at: '' };
}

function refused(code: string, more: Partial<ApiError> = {}): ApiError {
  return new ApiError({ kind: 'answer', message: code, code, status: 403, ...more });
}

/** Answers when told to, by region. */
function slowAsk() {
  const waiting = new Map<string, { resolve(answer: Available): void; reject(error: unknown): void }>();
  const asked: Place[] = [];
  const ask = (place: Place, signal: AbortSignal) =>
    new Promise<Available>((resolve, reject) => {
      asked.push(place);
      waiting.set(place.region, { resolve, reject });
      signal.addEventListener('abort', () => reject(new DOMException('', 'AbortError')));
    });
  return { ask, asked, waiting };
}

const pause = () => new Promise((resolve) => setTimeout(resolve));

describe('looking into many regions', () => {
  it('asks four at a time and shows what comes as it comes', async () => {
    const regions = ['a', 'b', 'c', 'd', 'e', 'f'];
    const { ask, asked, waiting } = slowAsk();
    const scan = new Scan(placesOf(regions, []), ask);
    const run = scan.run();
    await pause();
    expect(asked.map((place) => place.region)).toEqual(['a', 'b', 'c', 'd']);
    waiting.get('d')?.resolve({ clusters: [cluster('late', 'd')], errors: [] });
    waiting.get('b')?.resolve({ clusters: [cluster('early', 'b')], errors: [] });
    await pause();
    expect(scan.found.value.map((found) => found.name)).toEqual(['early', 'late']);
    expect(scan.done.value).toBe(2);
    expect(asked).toHaveLength(6);
    for (const region of ['a', 'c', 'e', 'f']) waiting.get(region)?.resolve({ clusters: [], errors: [] });
    await run;
    expect([scan.done.value, scan.running.value, scan.error.value]).toEqual([6, false, undefined]);
  });

  it('keeps what was found when it is cancelled', async () => {
    const { ask, asked, waiting } = slowAsk();
    const scan = new Scan(placesOf(['a', 'b', 'c', 'd', 'e', 'f'], []), ask);
    const run = scan.run();
    waiting.get('a')?.resolve({ clusters: [cluster('one', 'a')], errors: [] });
    await pause();
    scan.cancel();
    await run;
    expect(scan.found.value).toHaveLength(1);
    expect(scan.failed.value).toEqual([]);
    expect([scan.cancelled.value, scan.done.value, asked.length]).toEqual([true, 1, 5]);
  });

  it('says once what fails alike, and goes on', async () => {
    const scan = new Scan(placesOf(['c', 'a', 'b'], []), async ({ region }) => {
      if (region === 'b') return { clusters: [cluster('one', 'b')], errors: [] };
      throw refused('UnrecognizedClientException');
    });
    await scan.run();
    expect(scan.error.value).toBeUndefined();
    expect(scan.failed.value).toMatchObject([{ regions: ['a', 'c'], code: 'UnrecognizedClientException' }]);
    const [failure] = scan.failed.value;
    expect(failure && isSwitchedOff(failure, true)).toBe(true);
    expect(failure && isSwitchedOff(failure, false)).toBe(false);
  });

  it('is an error when no region answered', async () => {
    const scan = new Scan(placesOf(['a', 'b'], []), async () => {
      throw refused('AccessDeniedException');
    });
    await scan.run();
    expect(scan.error.value?.code).toBe('AccessDeniedException');
  });

  it('stops at once when every region would say the same', async () => {
    const causes = [{ field: 'auth.role_arn', reason: '', message: 'must be a role' }];
    let asked = 0;
    const scan = new Scan(placesOf(Array.from('abcdefghij'), []), async () => {
      asked++;
      throw refused('Invalid', { causes });
    });
    await scan.run();
    expect(scan.error.value?.causes).toEqual(causes);
    expect(asked).toBeLessThanOrEqual(4);
  });

  it('sees each region with each role, and keeps them apart', async () => {
    const places = placesOf(['a', 'b'], ['one', 'two']);
    expect(places).toHaveLength(4);
    const scan = new Scan(places, async ({ region, role }) => {
      if (role === 'two') throw refused('AccessDenied');
      return { clusters: [cluster('x', region)], errors: [{ region, name: 'y', code: 'Slow', message: '' }] };
    });
    await scan.run();
    expect(scan.found.value.map(({ region, role }) => [region, role])).toEqual([
      ['a', 'one'],
      ['b', 'one'],
    ]);
    expect(scan.failed.value.map(({ regions, role, name }) => [regions, role, name])).toEqual([
      [['a'], 'one', 'y'],
      [['b'], 'one', 'y'],
      [['a', 'b'], 'two', undefined],
    ]);
  });
});
