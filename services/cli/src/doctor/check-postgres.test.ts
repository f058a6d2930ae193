import { expect, test } from 'vitest';
import { checkPostgres } from './check-postgres.ts';

const good = { version: '15.18', versionNumber: 150_018, isStandby: false };
const verdictOf = (fields: Partial<typeof good>) => checkPostgres({ ...good, ...fields }, 'db:5432').verdict;

test('Postgres 15 that takes writes will do; 14 and a standby will not', () => {
  expect(verdictOf({})).toBe('fine');
  expect(verdictOf({ versionNumber: 149_999 })).toBe('wrong');
  expect(verdictOf({ isStandby: true })).toBe('wrong');
});
