import { alarmKinds, alarmRules } from '@flotilla/domain';
import { expect, test } from 'vitest';
import { checkAlarms } from './check-alarms.ts';

test('every kind of alarm is a line with its message and what to do, but those that have a check of their own', () => {
  const findings = checkAlarms(alarmKinds.map((kind) => ({ kind, message: `message of ${kind}` })));
  const own = ['eviction_policy', 'aof_off'];
  expect(findings).toEqual(
    alarmKinds
      .filter((kind) => !own.includes(kind))
      .map((kind) => ({
        verdict: 'wrong',
        check: 'alarm',
        says: `${kind}, message of ${kind}`,
        remedy: alarmRules[kind].remedy,
      })),
  );
});

test('where none is open it says so', () => {
  const fine = [{ verdict: 'fine', check: 'alarms', says: 'no alarm is open' }];
  expect(checkAlarms([])).toEqual(fine);
  expect(checkAlarms([{ kind: 'aof_off', message: 'x' }])).toEqual(fine);
});
