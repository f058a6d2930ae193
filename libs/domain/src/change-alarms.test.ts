import { fc, test } from '@fast-check/vitest';
import { expect } from 'vitest';
import {
  type AlarmCondition,
  type AlarmKind,
  alarmKinds,
  alarmRules,
  maxAlarmMessage,
  maxOpenPerKind,
  type OpenAlarm,
} from './alarm.ts';
import { changeAlarms } from './change-alarms.ts';

const now = 1_800_000_000_000;

function condition(kind: AlarmKind, subject = 'default', message = 'as seen now'): AlarmCondition {
  return { kind, subject, message };
}

function open(kind: AlarmKind, seenAt: number, subject = 'default'): OpenAlarm {
  return { ...condition(kind, subject, 'as seen before'), id: `${kind} ${subject}`, seenAt };
}

test('what is seen first is raised, once for each kind and subject', () => {
  const twice = [
    condition('no_worker'),
    condition('no_worker', 'default', 'the same'),
    condition('no_worker', 'gpu'),
  ];
  const { raise, keep, resolve } = changeAlarms([], [...twice, condition('queue_behind')], now);
  expect(raise.map(({ kind, subject }) => `${kind} ${subject}`)).toEqual([
    'no_worker default',
    'no_worker gpu',
    'queue_behind default',
  ]);
  expect([keep, resolve]).toEqual([[], []]);
});

test('what is open and seen again is kept, with the present message', () => {
  const changes = changeAlarms([open('no_worker', now - 86_400_000)], [condition('no_worker')], now);
  expect(changes).toEqual({
    raise: [],
    keep: [{ id: 'no_worker default', message: 'as seen now' }],
    resolve: [],
  });
});

test('what is not seen any more is resolved once its kind has lasted, and no sooner', () => {
  for (const kind of alarmKinds) {
    const { lastsMs } = alarmRules[kind];
    expect(changeAlarms([open(kind, now - lastsMs + 1)], [], now).resolve).toEqual([]);
    expect(changeAlarms([open(kind, now - lastsMs)], [], now).resolve).toHaveLength(1);
  }
});

test('TX-6 what was seen in the future was seen before the clock stepped back', () => {
  expect(changeAlarms([open('no_worker', now + 3_600_000)], [], now).resolve).toHaveLength(1);
  expect(changeAlarms([open('no_worker', now + 1)], [], now).resolve).toEqual([]);
});

test('a message is one line that can be stored', () => {
  const long = `first\n  second \0 ${'x'.repeat(1_000)}`;
  const { raise } = changeAlarms([], [condition('settle_refused', '53100', long)], now);
  expect(raise[0]?.message).toMatch(/^first second \ufffd x+$/);
  expect(raise[0]?.message).toHaveLength(maxAlarmMessage);
});

const kinds = fc.constantFrom<AlarmKind>('no_worker', 'worker_dead', 'event_refused');
const conditions = fc.array(
  fc.record({ kind: kinds, subject: fc.integer({ min: 0, max: 40 }).map(String), message: fc.string() }),
);
const steps = fc.array(fc.record({ conditions, laterMs: fc.integer({ min: 1, max: 40_000 }) }), {
  maxLength: 12,
});

test.prop([steps])(
  'on any walk one alarm is open for each kind and subject, never too many, and each that is seen stays open',
  (walk) => {
    let alarms: OpenAlarm[] = [];
    let at = now;
    for (const { conditions: seen, laterMs } of walk) {
      at += laterMs;
      const { raise, keep, resolve } = changeAlarms(alarms, seen, at);
      const present = new Set(seen.map(({ kind, subject }) => `${kind} ${subject}`));
      for (const { kind, subject } of resolve) expect(present).not.toContain(`${kind} ${subject}`);
      const kept = new Map(keep.map(({ id, message }) => [id, message]));
      alarms = alarms
        .filter((alarm) => !resolve.includes(alarm))
        .map((alarm) => (kept.has(alarm.id) ? { ...alarm, seenAt: at } : alarm));
      alarms.push(...raise.map((one) => ({ ...one, id: `${one.kind} ${one.subject}`, seenAt: at })));
      expect(new Set(alarms.map(({ id }) => id)).size).toBe(alarms.length);
      for (const kind of alarmKinds) {
        expect(alarms.filter((alarm) => alarm.kind === kind).length).toBeLessThanOrEqual(maxOpenPerKind);
      }
    }
  },
);

test.prop([conditions, fc.integer({ min: 0, max: 5_000 })])(
  'the same conditions seen at once by two raise nothing twice',
  (seen, laterMs) => {
    const first = changeAlarms([], seen, now);
    const alarms = first.raise.map((one, index) => ({ ...one, id: String(index), seenAt: now }));
    const second = changeAlarms(alarms, seen, now + laterMs);
    const full = (kind: AlarmKind) => alarms.filter((alarm) => alarm.kind === kind).length === maxOpenPerKind;
    expect(second.raise.filter(({ kind }) => !full(kind))).toEqual([]);
    expect(second.resolve).toEqual([]);
  },
);
