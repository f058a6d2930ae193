import type { TurnReport } from '@flotilla/domain';
import type { AttemptEnd, SettleResult } from './attempt-end.ts';
import { searchOutputs } from './conditions.ts';
import type { Session, Store } from './connect.ts';
import { decideSettlements, JoinNotHeld, type Settler, type Settling } from './decide-settlements.ts';
import { isTransient, isUnstorable } from './errors.ts';
import { inShares, readHeirs } from './heirs.ts';
import { lockRunning, readSettledBy } from './sql/settle.ts';
import { lockGatesOfEnds } from './sql/standings.ts';
import { noRoom, type RoomMade, unblockBehind } from './unblock.ts';
import { writeSettlements } from './write-settlements.ts';

export interface SettleOptions {
  readonly settler?: Settler;
  /** Hears of runs that may start now, once that is committed. */
  readonly onRoom?: (room: RoomMade) => void;
  /** Hears that ends have queued runs, their children or themselves again, once that is committed. */
  readonly onQueued?: () => void;
}

/**
 * Settles up to `settleBatch` attempts in one transaction, or in several where they have many children; one result for
 * each, by its token: a batch may hold two attempts of one run, the first of them asked again after its reply was lost.
 * SE-2: a batch that fails for what is in it is repeated row by row, and a row that Postgres alone refuses for its content
 * is settled as `failed/unstorable_output`. Errors that time mends are thrown: ask again with the same tokens. A worker's
 * end is not taken once its death is written, before recovery has come too (LV-6).
 */
export async function settleAttempts(
  store: Store,
  ends: readonly AttemptEnd[],
  options: SettleOptions = {},
): Promise<ReadonlyMap<string, SettleResult>> {
  try {
    return await settleTogether(store, ends, options);
  } catch (error) {
    if (isTransient(error)) throw error;
  }
  const results = new Map<string, SettleResult>();
  for (const end of ends) {
    for (const [token, result] of await settleAlone(store, end, options)) results.set(token, result);
  }
  return results;
}

async function settleAlone(
  store: Store,
  end: AttemptEnd,
  options: SettleOptions,
): Promise<ReadonlyMap<string, SettleResult>> {
  try {
    return await settleTogether(store, [end], options);
  } catch (error) {
    if (isTransient(error)) throw error;
    if (!isUnstorable(error)) return new Map([[end.token, { kind: 'refused', error }]]);
    const message = error instanceof Error ? error.message : String(error);
    return settleTogether(store, [{ ...end, report: unstorable(end.report, message) }], options);
  }
}

function unstorable(report: TurnReport, message: string): TurnReport {
  const withoutText = { text: '', truncated: true };
  return {
    outcome: { kind: 'unstorable_output', message },
    stdout: { ...report.stdout, ...withoutText },
    stderr: { ...report.stderr, ...withoutText },
    spawnedAt: report.spawnedAt,
  };
}

async function settleTogether(
  store: Store,
  ends: readonly AttemptEnd[],
  { settler = 'worker', onRoom = () => undefined, onQueued = () => undefined }: SettleOptions,
): Promise<ReadonlyMap<string, SettleResult>> {
  const heirs = await readHeirs(store, ends);
  const holds = await searchOutputs(ends, heirs);
  const results = new Map<string, SettleResult>();
  for (const share of inShares(ends, heirs)) {
    const settled = await untilHeld(() =>
      store.transaction((session) => settleIn(session, share, { settler, holds })),
    );
    for (const [token, result] of settled.results) results.set(token, result);
    if (settled.room.unblocked.length > 0 || settled.room.isLeft) onRoom(settled.room);
    if (settled.hasQueued) onQueued();
  }
  return results;
}

/** Edits that make joins of children, one after another, while their parent is settled: more would be a mistake of ours. */
const mostTries = 10;

/** Asks again where an edit has made a join since gates were locked. */
async function untilHeld<T>(settleOnce: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await settleOnce();
    } catch (error) {
      if (!(error instanceof JoinNotHeld) || tries === mostTries) throw error;
    }
  }
}

async function settleIn(
  session: Session,
  ends: readonly AttemptEnd[],
  { settler, holds }: Omit<Settling, 'gates'>,
) {
  const column = <T>(value: (end: AttemptEnd) => T) => ends.map(value);
  const runIds = column((end) => end.runId);
  const tries = [runIds, column((end) => end.attempt), column((end) => end.token)];
  const locks = await session.ask<{ id: string }>(lockGatesOfEnds, [runIds]);
  const gates = locks.map((gate) => gate.id);
  const locked = await session.ask<{ token: string }>(lockRunning, [...tries, column((end) => end.workerId)]);
  const held = new Set(locked.map((row) => row.token));
  const results = new Map<string, SettleResult>();
  let room = noRoom;
  let hasQueued = false;
  if (held.size > 0) {
    const mine = ends.filter((end) => held.has(end.token));
    const decision = await decideSettlements(session, mine, { settler, holds, gates });
    await writeSettlements(session, decision);
    for (const { end, settlement } of decision.ends) results.set(end.token, settlement);
    room = await unblockBehind(session, gates, decision.ends.length);
    hasQueued =
      decision.children.length > 0 || decision.ends.some(({ settlement }) => settlement.kind === 'requeued');
  }
  if (results.size < ends.length) {
    const known = await session.ask<{ token: string }>(readSettledBy, tries);
    const accepted = new Set(known.map((row) => row.token));
    for (const { token } of ends) {
      if (!results.has(token)) results.set(token, { kind: accepted.has(token) ? 'accepted' : 'stale' });
    }
  }
  return { results, room, hasQueued };
}
