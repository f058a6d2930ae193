import { type AlarmKind, alarmRules } from '@flotilla/domain';
import type { AlarmView } from '@flotilla/storage';
import { type Finding, fine, wrong } from './finding.ts';

/** Checks of their own look at these now; the alarm would say it twice. */
const lookedAtHere: readonly AlarmKind[] = ['eviction_policy', 'aof_off'];

/** One finding for each open alarm. They are kept by a scheduler: without one they are as old as its end. */
export function checkAlarms(open: readonly Pick<AlarmView, 'kind' | 'message'>[]): Finding[] {
  const others = open.filter(({ kind }) => !lookedAtHere.includes(kind));
  if (others.length === 0) return [fine('alarms', 'no alarm is open')];
  return others.map(({ kind, message }) => wrong('alarm', `${kind}, ${message}`, alarmRules[kind].remedy));
}
