import { expect, test } from 'vitest';
import { checkTzdata } from './check-tzdata.ts';

const now = Date.UTC(2026, 10, 21);

test('rules of zones may be two years old; of unknown age they are not judged', () => {
  expect(checkTzdata({ tz: '2024a', icu: '74.1' }, now)).toMatchObject({
    verdict: 'fine',
    says: 'time zone data is 2024a (ICU 74.1)',
  });
  expect(checkTzdata({ tz: '2023d', icu: '74.1' }, now)).toMatchObject({ verdict: 'wrong' });
  expect(checkTzdata({}, now)).toMatchObject({ verdict: 'fine' });
});
