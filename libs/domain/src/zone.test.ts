import { expect, test } from 'vitest';
import { isZone, nearestZone, offsetAt, zoneText } from './zone.ts';

const minute = 60_000;

test.each(['UTC', 'Europe/Berlin', 'Asia/Kolkata', 'America/Argentina/Buenos_Aires', 'Etc/GMT+5'])(
  '%s is a zone',
  (zone) => expect(isZone(zone)).toBe(true),
);

test.each(['', 'Europe/Berln', '+01:00', '-05', 'Europe/Berlin ', 'local'])('"%s" is no zone', (zone) => {
  expect(isZone(zone)).toBe(false);
});

test.each([
  ['UTC', '2027-01-01T00:00:00Z', 0],
  ['America/New_York', '2027-03-14T06:59:59Z', -300],
  ['America/New_York', '2027-03-14T07:00:00Z', -240],
  ['Pacific/Chatham', '2027-01-01T00:00:00Z', 825],
  ['Asia/Kolkata', '2027-01-01T00:00:00Z', 330],
])('clocks in %s at %s', (zone, instant, minutes) => {
  expect(offsetAt(zone, Date.parse(instant))).toBe(minutes * minute);
});

test('an offset may have seconds', () => {
  expect(offsetAt('Africa/Monrovia', 0)).toBe(-(44 * 60 + 30) * 1_000);
});

test('an unknown zone throws and is named', () => {
  expect(() => offsetAt('Moon/Base', 0)).toThrow('"Moon/Base"');
});

test.each([
  ['Europe/Berln', 'Europe/Berlin'],
  ['berlin', 'Europe/Berlin'],
  ['new york', 'America/New_York'],
  ['UCT', 'UTC'],
  ['Moon/Base', undefined],
])('"%s" probably means %s', (text, zone) => expect(nearestZone(text)).toBe(zone));

test('a refusal names the value and the nearest zone, also for machines', () => {
  const [issue] = zoneText.safeParse('Europe/Berln').error?.issues ?? [];
  expect(issue).toMatchObject({
    message: '"Europe/Berln" is not an IANA time zone: did you mean "Europe/Berlin"?',
    params: { nearest: 'Europe/Berlin' },
  });
});

test('letters take the case of the zone, and an alias stays one', () => {
  expect(zoneText.parse('europe/berlin')).toBe('Europe/Berlin');
  expect(zoneText.parse('utc')).toBe('UTC');
  expect(zoneText.parse('Asia/Kolkata')).toBe('Asia/Kolkata');
});
