import { fc, test } from '@fast-check/vitest';
import { expect } from 'vitest';
import { createEncoder } from './encode.ts';

const states = fc.record({
  word: fc.constantFrom('up', 'down'),
  age: fc.option(fc.nat(3), { nil: undefined }),
  flows: fc.boolean(),
  batch: fc.array(fc.record({ event: fc.nat(2), marked: fc.boolean() }), { maxLength: 3 }),
  stream: fc.array(fc.nat(2), { maxLength: 3 }),
});

test.prop([fc.array(states, { minLength: 2, maxLength: 20 })])(
  'states are written alike exactly where they are alike',
  (samples) => {
    const encode = createEncoder();
    for (const one of samples) {
      for (const other of samples) {
        const isAlike = JSON.stringify(one) === JSON.stringify(other);
        expect(encode(one) === encode(structuredClone(other))).toBe(isAlike);
      }
    }
  },
);
