import { fc, test as property } from '@fast-check/vitest';
import { expect, test } from 'vitest';
import { fitColumns, gap } from './fit-columns.ts';

const total = (widths: readonly (number | null)[]) => {
  const kept = widths.filter((width) => width !== null);
  return kept.reduce((sum, width) => sum + width, 0) + gap * Math.max(0, kept.length - 1);
};

test('what fits stays as it is', () => {
  expect(fitColumns([{ natural: 8 }, { natural: 20, least: 5 }], 30)).toEqual([8, 20]);
});

test('the widest column is cut first, and to its least', () => {
  expect(fitColumns([{ natural: 8 }, { natural: 30, least: 5 }, { natural: 12, least: 10 }], 40)).toEqual([
    8, 16, 12,
  ]);
  expect(fitColumns([{ natural: 8 }, { natural: 30, least: 5 }, { natural: 12, least: 10 }], 27)).toEqual([
    8, 5, 10,
  ]);
});

test('a column goes only where cutting is not enough, the least important first', () => {
  const widths = [{ natural: 8 }, { natural: 10, dropOrder: 1 }, { natural: 10, dropOrder: 2 }];
  expect(fitColumns(widths, 20)).toEqual([8, 10, null]);
  expect(fitColumns(widths, 10)).toEqual([8, null, null]);
});

const width = fc.record(
  { natural: fc.nat(60), least: fc.nat(60), dropOrder: fc.integer({ min: 1, max: 9 }) },
  { requiredKeys: ['natural'] },
);

property.prop([fc.array(width, { maxLength: 8 }), fc.integer({ min: 1, max: 200 })])(
  'a row is no wider than the terminal unless what must stay is',
  (widths, columns) => {
    const fitted = fitColumns(widths, columns);
    const mustStay = widths.map(({ natural, least = natural, dropOrder }) =>
      dropOrder === undefined ? Math.min(natural, least) : null,
    );
    expect(total(fitted)).toBeLessThanOrEqual(Math.max(columns, total(mustStay)));
    for (const [index, { natural, least = natural }] of widths.entries()) {
      const fit = fitted[index] ?? natural;
      expect(fit).toBeLessThanOrEqual(natural);
      expect(fit).toBeGreaterThanOrEqual(Math.min(natural, least));
    }
  },
);
