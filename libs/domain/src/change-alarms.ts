import {
  type AlarmCondition,
  type AlarmKind,
  alarmRules,
  maxAlarmMessage,
  maxOpenPerKind,
  type OpenAlarm,
} from './alarm.ts';
import { storableText } from './storable-text.ts';

export interface AlarmChanges {
  readonly raise: readonly AlarmCondition[];
  /** Seen again: the message is the present one. */
  readonly keep: readonly { readonly id: string; readonly message: string }[];
  readonly resolve: readonly OpenAlarm[];
}

/**
 * What follows from the conditions that were seen now. What is open and was not seen stays open for as long as its kind
 * lasts, whoever has seen it; so those who look into the ledger and those who report what only they see resolve nothing
 * of one another's.
 *
 * @param now epoch milliseconds
 */
export function changeAlarms(
  open: readonly OpenAlarm[],
  conditions: readonly AlarmCondition[],
  now: number,
): AlarmChanges {
  const seen = new Map(conditions.map((condition) => [keyOf(condition), condition]));
  const resolve = open.filter((alarm) => !seen.has(keyOf(alarm)) && isOver(alarm, now));
  const staying = open.filter((alarm) => !resolve.includes(alarm));
  const keep = staying.flatMap((alarm) => {
    const condition = seen.get(keyOf(alarm));
    return condition === undefined ? [] : [{ id: alarm.id, message: shorten(condition.message) }];
  });
  return { raise: newOnes(staying, [...seen.values()]), keep, resolve };
}

function newOnes(staying: readonly OpenAlarm[], seen: readonly AlarmCondition[]): AlarmCondition[] {
  const known = new Set(staying.map(keyOf));
  const counts = new Map<AlarmKind, number>();
  const count = (kind: AlarmKind) => counts.set(kind, (counts.get(kind) ?? 0) + 1).get(kind) ?? 0;
  for (const { kind } of staying) count(kind);
  return seen
    .filter((condition) => !known.has(keyOf(condition)))
    .filter(({ kind }) => count(kind) <= maxOpenPerKind)
    .map((condition) => ({ ...condition, message: shorten(condition.message) }));
}

/** TX-6: what was seen further ahead than it lasts was seen before the clock stepped back. */
function isOver({ kind, seenAt }: OpenAlarm, now: number): boolean {
  return Math.abs(now - seenAt) >= alarmRules[kind].lastsMs;
}

function keyOf({ kind, subject }: Pick<AlarmCondition, 'kind' | 'subject'>): string {
  return `${kind} ${subject}`;
}

function shorten(message: string): string {
  return storableText(message.replaceAll(/\s*\n\s*/g, ' ').slice(0, maxAlarmMessage));
}
