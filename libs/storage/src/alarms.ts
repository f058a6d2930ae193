import {
  type AlarmCondition,
  type AlarmKind,
  alarmKinds,
  alarmRules,
  changeAlarms,
  type OpenAlarm,
} from '@flotilla/domain';
import { v7 as uuidV7 } from 'uuid';
import { readClock } from './clock.ts';
import type { Session, Store } from './connect.ts';
import {
  keepAlarms,
  listAlarms as listAlarmsStatement,
  lockAlarms,
  raiseAlarms,
  readOpenAlarms,
  resolveAlarms,
} from './sql/alarms.ts';

/** What has changed, once for all who saw it. */
export interface NotedAlarms {
  readonly raised: readonly AlarmCondition[];
  readonly resolved: readonly AlarmCondition[];
}

/** An alarm as people see it. Instants are epoch milliseconds. */
export interface AlarmView extends AlarmCondition {
  readonly id: string;
  readonly raisedAt: number;
  readonly seenAt: number;
  /** Null while it is open. */
  readonly resolvedAt: number | null;
}

/** Alarms that a list has at most. */
const longestList = 500;

/**
 * Notes what somebody has seen now: raises what is new, keeps what is known, and resolves whatever nobody has seen for
 * as long as its kind lasts. The domain decides, on what is open behind a lock.
 */
export async function noteAlarms(store: Store, conditions: readonly AlarmCondition[]): Promise<NotedAlarms> {
  return store.transaction(async (session) => {
    await session.ask(lockAlarms); // TX-1
    const open = (await session.ask<OpenAlarm>(readOpenAlarms)).filter(isKnown);
    const { raise, keep, resolve } = changeAlarms(open, conditions, await readClock(session));
    if (keep.length > 0) await session.ask(keepAlarms, [column(keep, 'id'), column(keep, 'message')]);
    return {
      resolved: resolve.length === 0 ? [] : await session.ask(resolveAlarms, [column(resolve, 'id')]),
      raised: raise.length === 0 ? [] : await session.ask(raiseAlarms, rowsOf(raise)),
    };
  });
}

/** Open ones, latest first; `resolved`: those too that are over. */
export async function listAlarms(
  session: Session,
  { resolved = false }: { readonly resolved?: boolean } = {},
): Promise<AlarmView[]> {
  return (await session.ask<AlarmView>(listAlarmsStatement, [resolved, longestList])).filter(isKnown);
}

/** Open ones for which the fleet does not do what it is there for. */
export async function listGraveAlarms(session: Session): Promise<AlarmCondition[]> {
  const open = await listAlarms(session);
  return open
    .filter(({ kind }) => alarmRules[kind].concernsReadiness)
    .map(({ kind, subject, message }) => ({ kind, subject, message }));
}

/** Those of a newer release are for it to judge. */
function isKnown({ kind }: { readonly kind: AlarmKind }): boolean {
  return alarmKinds.includes(kind);
}

function rowsOf(raise: readonly AlarmCondition[]): unknown[] {
  return [
    raise.map(() => uuidV7()),
    column(raise, 'kind'),
    column(raise, 'subject'),
    column(raise, 'message'),
  ];
}

function column<Row, Name extends keyof Row>(rows: readonly Row[], name: Name): Row[Name][] {
  return rows.map((row) => row[name]);
}
