import { expect, test } from 'vitest';
import { eventSubject, hintSubject } from './subjects.ts';

test('an event’s subject ends with the job’s uuid, since a slug may hold dots', () => {
  expect(eventSubject('run.succeeded', '0197-ab')).toBe('flotilla.events.run.succeeded.0197-ab');
});

test('an event of no job ends with its type', () => {
  expect(eventSubject('alarm.raised', null)).toBe('flotilla.events.alarm.raised');
});

test('hints are no events: the stream does not keep them', () => {
  expect([hintSubject('plan'), hintSubject('hand-out')]).toEqual([
    'flotilla.hints.plan',
    'flotilla.hints.hand-out',
  ]);
});
