import type { Session } from './connect.ts';
import { listLogPartitionNames, logPartitionName } from './logs.ts';
import { instant } from './new-run.ts';
import {
  dropLogPartition,
  pruneAlarms as pruneAlarmsStatement,
  pruneEndings as pruneEndingsStatement,
  pruneEvents as pruneEventsStatement,
  pruneOutputs as pruneOutputsStatement,
  pruneRuns as pruneRunsStatement,
  pruneStrayLogChunks as pruneStrayLogChunksStatement,
  pruneWorkers as pruneWorkersStatement,
} from './sql/prune.ts';
import type { Statement } from './statement.ts';

/** Rows that one statement prunes at most. */
export const pruneBatch = 500;

/** Prunes a batch of what is older than `before`, epoch milliseconds. Returns how much: less than a batch is the rest. */
export type Prune = (session: Session, before: number) => Promise<number>;

/** LG-2: settled runs with their attempts. ID-3: the last settled run of each job stays. */
export const pruneRuns: Prune = (session, before) =>
  prune(session, pruneRunsStatement, before, firstIdAt(before));

/** The excerpts of attempts that ended before. */
export const pruneOutputs: Prune = (session, before) =>
  prune(session, pruneOutputsStatement, before, firstIdAt(before));

/** EV-1: published events. */
export const pruneEvents: Prune = (session, before) =>
  prune(session, pruneEventsStatement, before, firstIdAt(before));

/** Alarms that were resolved before. */
export const pruneAlarms: Prune = (session, before) => prune(session, pruneAlarmsStatement, before);

/** Endings that have waited in vain for the other parents of their root since before. */
export const pruneEndings: Prune = (session, before) => prune(session, pruneEndingsStatement, before);

/** Workers that left or died before. */
export const pruneWorkers: Prune = (session, before) => prune(session, pruneWorkersStatement, before);

/** Chunks of whole days, as far as they lie in the default partition. */
export const pruneStrayLogChunks: Prune = (session, before) =>
  prune(session, pruneStrayLogChunksStatement, before);

/** Drops the partitions of whole days that are over before. Returns their names. */
export async function dropLogPartitions(session: Session, before: number): Promise<string[]> {
  const first = logPartitionName(before);
  const old = (await listLogPartitionNames(session)).filter((name) => name < first).sort();
  for (const name of old) await session.ask(dropLogPartition(name));
  return old;
}

async function prune(
  session: Session,
  statement: Statement,
  before: number,
  firstId?: string,
): Promise<number> {
  const ids = firstId === undefined ? [] : [firstId];
  const [row] = await session.ask<{ count: number }>(statement, [instant(before), pruneBatch, ...ids]);
  return row?.count ?? 0;
}

/** The lowest version 7 uuid of an instant: its first 48 bits are the milliseconds. */
function firstIdAt(at: number): string {
  const hex = Math.max(0, at).toString(16).padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8)}-7000-8000-000000000000`;
}
