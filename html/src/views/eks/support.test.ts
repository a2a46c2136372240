import { expect, it } from 'vitest';
import { supportOf } from './support';

const day = 24 * 60 * 60;
const now = Date.UTC(2026, 0, 1);
const inDays = (days: number) => now / 1000 + days * day;

function at(standard: number, extended: number) {
  return supportOf(
    { endOfStandardSupportDate: inDays(standard), endOfExtendedSupportDate: inDays(extended) },
    now,
  );
}

it('knows the phase, the days left and when to warn', () => {
  expect(at(90, 455)).toMatchObject({ phase: 'standard', daysLeft: 90, mark: 'ok' });
  expect(at(89, 454)).toMatchObject({ phase: 'standard', daysLeft: 89, mark: 'bad' });
  expect(at(0.5, 300)).toMatchObject({ phase: 'standard', daysLeft: 1 });
  expect(at(-1, 364)).toMatchObject({ phase: 'extended', daysLeft: 364, mark: 'bad' });
  expect(at(-400, -35)).toMatchObject({ phase: 'ended', until: now - 35 * day * 1000, mark: 'bad' });
});

it('does with what AWS says', () => {
  expect(supportOf(undefined, now)).toMatchObject({ phase: 'unknown', mark: 'unknown' });
  expect(supportOf({}, now)).toMatchObject({ phase: 'unknown' });
  expect(supportOf({ versionStatus: 'EXTENDED_SUPPORT' }, now)).toMatchObject({
    phase: 'extended',
    mark: 'bad',
  });
  expect(supportOf({ endOfStandardSupportDate: inDays(200) }, now)).toMatchObject({ phase: 'standard' });
});
