import { expect, test } from 'vitest';
import { checkSchema } from './check-schema.ts';

test('each state of the schema says what to do', () => {
  expect(checkSchema({ kind: 'current' })).toMatchObject({ verdict: 'fine' });
  expect(checkSchema({ kind: 'behind', pending: ['2_next'] })).toMatchObject({
    verdict: 'wrong',
    says: 'the database lacks 2_next',
    remedy: 'run "flotilla migrate"',
  });
  expect(checkSchema({ kind: 'ahead', unknown: ['3_later'] })).toMatchObject({
    verdict: 'wrong',
    says: 'a newer release has migrated the database (3_later)',
  });
});
