import { expect, test } from 'vitest';
import { refusePastAt, sameDocument } from './change-job.ts';
import { type JobDocument, parseJob } from './job.ts';

const now = Date.parse('2027-01-01T12:00:00Z');

function documentOf(part: object): JobDocument {
  const parsed = parseJob({ id: 'a', turn: { shell: 'true' }, ...part });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.errors));
  return parsed.document;
}

test('documents are the same whatever the order of their keys and the wording of their durations', () => {
  const left = documentOf({ schedule: { every: '60m', zone: 'UTC' }, tags: ['a', 'b'] });
  const right = documentOf({ tags: ['a', 'b'], name: 'a', schedule: { zone: 'utc', every: '1h' } });
  expect(sameDocument(left, right)).toBe(true);
  expect(sameDocument(left, JSON.parse(JSON.stringify(right)))).toBe(true);
});

test.each([
  [{ tags: ['b', 'a'] }],
  [{ schedule: { every: '61m' } }],
  [{ name: 'b' }],
  [{ turn: { shell: 'false' } }],
  [{ turn: { shell: 'true', env: { A: '' } } }],
])('%j is a change', (part) => {
  expect(sameDocument(documentOf({ tags: ['a', 'b'] }), documentOf(part))).toBe(false);
});

test.each([
  [{ at: '2027-01-01T11:59:59Z' }, '2027-01-01T11:59:59Z has passed: it is 2027-01-01T12:00:00.000Z now'],
  [{ at: '2027-01-01T12:00:00Z' }, '2027-01-01T12:00:00Z has passed: it is 2027-01-01T12:00:00.000Z now'],
  [
    { at: '2027-01-01T12:00', zone: 'Europe/Berlin' },
    '2027-01-01T12:00:00 has passed: it is 2027-01-01T12:00:00.000Z now',
  ],
  [
    { at: '2028-01-01T00:00:00Z', until: '2027-06-01' },
    '2028-01-01T00:00:00Z never comes: it does not lie between from and until',
  ],
])('%j is refused', (schedule, message) => {
  expect(refusePastAt(documentOf({ schedule }), now)).toEqual([
    { path: 'schedule.at', value: documentOf({ schedule }).schedule?.at, message },
  ]);
});

test.each([
  {},
  { schedule: { at: '2027-01-01T12:00:01Z' } },
  { schedule: { at: '2027-01-01T12:00', zone: 'America/New_York' } },
  { schedule: { cron: '@daily' } },
])('%j is not refused', (part) => expect(refusePastAt(documentOf(part), now)).toEqual([]));

test('a time that comes twice has passed when its last pass has', () => {
  const schedule = { at: '2027-11-07T01:30', zone: 'America/New_York' };
  const between = Date.parse('2027-11-07T06:00:00Z');
  expect(refusePastAt(documentOf({ schedule }), between)).toHaveLength(1);
  expect(refusePastAt(documentOf({ schedule: { ...schedule, fold: 'both' } }), between)).toEqual([]);
});
