import { fc, test as property } from '@fast-check/vitest';
import { expect, test } from 'vitest';
import { fewestCells, fitColumns, gap } from './fit-columns.ts';

const total = (widths: readonly (number | null)[]) => {
  const kept = widths.filter((width) => width !== null);
  return kept.reduce((sum, width) => sum + width, 0) + gap * Math.max(0, kept.length - 1);
};

test('what fits stays as it is', () => {
  expect(fitColumns([{ natural: 8 }, { natural: 20, least: 5 }], 30)).toEqual([8, 20]);
});

test('the widest column is cut first, and to what it must keep', () => {
  expect(fitColumns([{ natural: 8 }, { natural: 30, least: 10 }, { natural: 14, least: 12 }], 40)).toEqual([
    8, 14, 14,
  ]);
  expect(fitColumns([{ natural: 8 }, { natural: 30, least: 10 }, { natural: 14, least: 12 }], 34)).toEqual([
    8, 10, 12,
  ]);
});

test('a column goes before another is cut below that, the least important first', () => {
  const widths = [
    { natural: 8 },
    { natural: 20, least: 15 },
    { natural: 10, dropOrder: 1 },
    { natural: 10, dropOrder: 2 },
  ];
  expect(fitColumns(widths, 40)).toEqual([8, 18, 10, null]);
  expect(fitColumns(widths, 30)).toEqual([8, 20, null, null]);
});

test('where nothing can go any more, what can be cut is cut further', () => {
  expect(fitColumns([{ natural: 8 }, { natural: 30, least: 20 }, { natural: 14, least: 14 }], 34)).toEqual([
    8, 11, 11,
  ]);
});

const leastPossible = (natural: number, least: number | undefined) =>
  least === undefined ? natural : Math.min(natural, least, fewestCells);

const width = fc.record(
  { natural: fc.nat(60), least: fc.nat(60), dropOrder: fc.integer({ min: 1, max: 9 }) },
  { requiredKeys: ['natural'] },
);

property.prop([fc.array(width, { maxLength: 8 }), fc.integer({ min: 1, max: 200 })])(
  'a row is no wider than the terminal unless what must stay is',
  (widths, columns) => {
    const fitted = fitColumns(widths, columns);
    const mustStay = widths.map(({ natural, least, dropOrder }) =>
      dropOrder === undefined ? leastPossible(natural, least) : null,
    );
    expect(total(fitted)).toBeLessThanOrEqual(Math.max(columns, total(mustStay)));
    for (const [index, { natural, least }] of widths.entries()) {
      const fit = fitted[index] ?? natural;
      expect(fit).toBeLessThanOrEqual(natural);
      expect(fit).toBeGreaterThanOrEqual(leastPossible(natural, least));
    }
  },
);
