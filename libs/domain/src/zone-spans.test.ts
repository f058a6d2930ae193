import { fc, test } from '@fast-check/vitest';
import { expect } from 'vitest';
import { offsetAt } from './zone.ts';
import { spansFrom } from './zone-spans.ts';

const hour = 3_600_000;

function changes(zone: string, from: string, until: string): string[] {
  const found: string[] = [];
  for (const span of spansFrom(zone, Date.parse(from))) {
    if (span.from < Date.parse(from)) continue;
    if (span.from >= Date.parse(until)) return found;
    const stepHours = (span.offsetMs - span.offsetBeforeMs) / hour;
    if (stepHours !== 0) found.push(`${new Date(span.from).toISOString()} ${stepHours}`);
  }
  return found;
}

test.each([
  ['America/New_York', ['2027-03-14T07:00:00.000Z 1', '2027-11-07T06:00:00.000Z -1']],
  ['Australia/Lord_Howe', ['2027-04-03T15:00:00.000Z -0.5', '2027-10-02T15:30:00.000Z 0.5']],
  ['Antarctica/Troll', ['2027-03-28T01:00:00.000Z 2', '2027-10-31T01:00:00.000Z -2']],
  ['Asia/Tokyo', []],
])('%s changes its clocks in 2027', (zone, expected) => {
  expect(changes(zone, '2027-01-01', '2028-01-01')).toEqual(expected);
});

test('a zone may leave out a day', () => {
  expect(changes('Pacific/Apia', '2011-12-01', '2012-02-01')).toEqual(['2011-12-30T10:00:00.000Z 24']);
});

test('two changes within a fortnight are both found', () => {
  expect(changes('America/Boa_Vista', '2000-10-01', '2000-11-01')).toEqual([
    '2000-10-08T04:00:00.000Z 1',
    '2000-10-15T03:00:00.000Z -1',
  ]);
});

const zones = fc.constantFrom(...Intl.supportedValuesOf('timeZone'));
const instants = fc.integer({ min: 0, max: Date.UTC(2040, 0, 1) });

test.prop([zones, instants], { numRuns: 300 })(
  'the first span has the offset of its instant',
  (zone, instant) => {
    const [span] = spansFrom(zone, instant);
    expect(span?.offsetMs).toBe(offsetAt(zone, instant));
    expect(span?.from).toBeLessThanOrEqual(instant);
    expect(span?.until).toBeGreaterThan(instant);
  },
);

test.prop([zones, instants], { numRuns: 100 })('spans follow each other without holes', (zone, instant) => {
  let previous = null;
  for (const span of spansFrom(zone, instant)) {
    if (previous !== null) {
      expect(span.from).toBe(previous.until);
      expect(span.offsetBeforeMs).toBe(previous.offsetMs);
      expect(span.offsetMs).toBe(previous.offsetAfterMs);
    }
    if (span.from > instant + 3 * 366 * 24 * hour) return;
    previous = span;
  }
});
