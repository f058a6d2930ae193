import { expect, test } from 'vitest';
import { formatInstant, instantText, instantTicks, parseInstant } from './instant.ts';

const newYork = 'America/New_York';

test.each([
  ['2027-03-14T09:00:00Z', '2027-03-14T09:00:00Z'],
  ['2027-03-14t09:00z', '2027-03-14T09:00:00Z'],
  ['2027-03-14 09:00+05:30', '2027-03-14T03:30:00Z'],
  ['2027-03-14T09:00:00.25-01:00', '2027-03-14T10:00:00.250Z'],
  ['2027-03-14 09:00', '2027-03-14T09:00:00'],
  ['2027-03-14', '2027-03-14T00:00:00'],
])('%s is written %s, for good', (text, canonical) => {
  expect(instantText.parse(text)).toBe(canonical);
  expect(instantText.parse(canonical)).toBe(canonical);
});

test.each([
  '',
  'tomorrow',
  '2027-02-29',
  '2027-13-01',
  '2027-03-14T24:00',
  '2027-03-14T09',
  '1969-12-31',
  '1710406800',
])('"%s" is no instant', (text) => {
  const { error } = instantText.safeParse(text);
  expect(error?.issues[0]?.message).toContain(`"${text}" is not an instant`);
  expect(parseInstant(text, 'UTC')).toBeUndefined();
});

test.each([
  ['2027-07-01T09:00', newYork, '2027-07-01T13:00:00Z'],
  ['2027-07-01T09:00Z', newYork, '2027-07-01T09:00:00Z'],
  ['2027-07-01', 'Pacific/Kiritimati', '2027-06-30T10:00:00Z'],
  ['2027-03-14T02:30', newYork, '2027-03-14T07:00:00Z'],
  ['2027-11-07T01:30', newYork, '2027-11-07T05:30:00Z'],
  ['2011-12-30T12:00', 'Pacific/Apia', '2011-12-30T10:00:00Z'],
])('%s in %s is %s', (text, zone, expected) => {
  expect(parseInstant(text, zone)).toBe(Date.parse(expected));
});

test.each([
  ['2027-03-14T02:30', 'run-after', 'first', ['2027-03-14T07:00Z gap']],
  ['2027-03-14T02:30', 'shift', 'first', ['2027-03-14T07:30Z gap']],
  ['2027-03-14T02:30', 'skip', 'first', []],
  ['2027-11-07T01:30', 'skip', 'first', ['2027-11-07T05:30Z fold']],
  ['2027-11-07T01:30', 'skip', 'both', ['2027-11-07T05:30Z fold', '2027-11-07T06:30Z fold']],
  ['2027-11-07T01:30-05:00', 'skip', 'both', ['2027-11-07T06:30Z null']],
] as const)('%s under gap %s and fold %s', (text, gap, fold, expected) => {
  const ticks = expected.map((each) => {
    const [instant = '', note] = each.split(' ');
    return { tickAt: Date.parse(instant), note: note === 'null' ? null : note };
  });
  expect(instantTicks(text, newYork, gap, fold)).toEqual(ticks);
});

test.each([
  ['2027-03-14T07:00:00Z', newYork, '2027-03-14T03:00:00-04:00'],
  ['2027-03-14T06:59:59.5Z', newYork, '2027-03-14T01:59:59.500-05:00'],
  ['2027-03-14T07:00:00Z', 'UTC', '2027-03-14T07:00:00+00:00'],
  ['2027-03-14T07:00:00Z', 'Pacific/Chatham', '2027-03-14T20:45:00+13:45'],
  ['1970-01-01T00:00:00Z', 'Africa/Monrovia', '1969-12-31T23:15:30-00:44:30'],
])('%s is shown in %s as %s', (instant, zone, shown) => {
  expect(formatInstant(Date.parse(instant), zone)).toBe(shown);
});
