import { expect, test } from 'vitest';
import { checkAppendOnly } from './check-append-only.ts';

test('the append-only file must be there and be written', () => {
  expect(checkAppendOnly({ appendsOnly: true, appendWorks: true })).toMatchObject({ verdict: 'fine' });
  expect(checkAppendOnly({ appendsOnly: false, appendWorks: true })).toMatchObject({ verdict: 'wrong' });
  expect(checkAppendOnly({ appendsOnly: true, appendWorks: false })).toMatchObject({
    verdict: 'wrong',
    says: 'Redis cannot write its append-only file',
  });
});
