import { expect, test } from 'vitest';
import { includesRole, roles } from './role.ts';

test('each role may do what those before it may, and nothing of those behind it', () => {
  const may = roles.map((own) => roles.filter((needed) => includesRole(own, needed)));
  expect(may).toEqual([['viewer'], ['viewer', 'operator'], ['viewer', 'operator', 'admin']]);
});
