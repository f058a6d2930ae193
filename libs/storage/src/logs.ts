import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import type { Session, Store } from './connect.ts';
import { sqlState } from './errors.ts';
import { instant } from './new-run.ts';
import {
  createLogPartition,
  insertLogChunks,
  listLogPartitions,
  readLogChunks,
  readLogTail,
} from './sql/logs.ts';

/** A sealed piece of one stream of one attempt. `seq` counts the chunks of that stream. */
export interface LogChunk {
  readonly runId: string;
  readonly attempt: number;
  readonly stream: 'stdout' | 'stderr';
  readonly seq: number;
  readonly at: number;
  readonly gzip: Buffer;
}

export interface LogPiece {
  readonly attempt: number;
  readonly stream: 'stdout' | 'stderr';
  readonly seq: number;
  readonly at: number;
  readonly bytes: Buffer;
}

/** Chunks that one read takes at most: 2 MiB of text or so in memory at a time. */
const chunksAPage = 32;
/** Days for which partitions are made ahead, today included. */
const partitionDays = 3;
/** Rows of that day lie in the default partition already · another replica was faster. */
const partitionRefusals = ['23514', '42P07'];
const unpack = promisify(gunzip);

export async function appendLogChunks(session: Session, chunks: readonly LogChunk[]): Promise<void> {
  const column = <T>(value: (chunk: LogChunk) => T) => chunks.map(value);
  await session.ask(insertLogChunks, [
    column((chunk) => chunk.runId),
    column((chunk) => chunk.attempt),
    column((chunk) => chunk.stream),
    column((chunk) => chunk.seq),
    column((chunk) => instant(chunk.at)),
    column((chunk) => chunk.gzip),
  ]);
}

/** The output of a run, attempt by attempt, page by page: memory stays bounded whatever was written. */
export async function* readLog(
  session: Session,
  runId: string,
  { stream, attempt }: { stream?: 'stdout' | 'stderr'; attempt?: number } = {},
): AsyncGenerator<LogPiece> {
  let last: LogChunk | undefined;
  do {
    const page: LogChunk[] = await session.ask<LogChunk>(readLogChunks, [
      runId,
      stream ?? null,
      attempt ?? null,
      last?.attempt ?? null,
      instant(last?.at),
      last?.stream ?? null,
      last?.seq ?? null,
      chunksAPage,
    ]);
    for (const chunk of page) yield await unpacked(chunk);
    last = page.length === chunksAPage ? page.at(-1) : undefined;
  } while (last !== undefined);
}

/** The number of the next chunk of each stream of an attempt. */
export type LogPlace = Readonly<Record<LogPiece['stream'], number>>;

/**
 * What one attempt wrote from a place on, for those who have read the rest. Chunks are stored in the order of their
 * numbers: one that is left out between two others never comes.
 */
export async function* readLogFrom(
  session: Session,
  runId: string,
  attempt: number,
  from: LogPlace,
): AsyncGenerator<LogPiece> {
  const place = { ...from };
  let page: LogChunk[];
  do {
    page = await session.ask<LogChunk>(readLogTail, [
      runId,
      attempt,
      place.stdout,
      place.stderr,
      chunksAPage,
    ]);
    for (const chunk of page) {
      place[chunk.stream] = chunk.seq + 1;
      yield await unpacked(chunk);
    }
  } while (page.length === chunksAPage);
}

async function unpacked({ gzip, ...piece }: LogChunk): Promise<LogPiece> {
  return { ...piece, bytes: await unpack(gzip) };
}

/** LG-1: makes the day partitions of the next days. Returns the names of those made by this call. */
export async function makeLogPartitions(store: Store, now: number): Promise<string[]> {
  const known = new Set(await listLogPartitionNames(store));
  const made: string[] = [];
  for (let ahead = 0; ahead < partitionDays; ahead++) {
    const at = now + ahead * 86_400_000;
    const name = logPartitionName(at);
    if (known.has(name)) continue;
    const isMade = await makePartition(store, name, dayText(at), dayText(at + 86_400_000));
    if (isMade) made.push(name);
  }
  return made;
}

/** False where it is not made: the rows that the default partition holds of that day stay there, with the day's others. */
async function makePartition(store: Store, name: string, day: string, nextDay: string): Promise<boolean> {
  try {
    await store.ask(createLogPartition(name, day, nextDay));
    return true;
  } catch (error) {
    if (partitionRefusals.includes(sqlState(error) ?? '')) return false;
    throw error;
  }
}

/** The day partitions that there are. */
export async function listLogPartitionNames(session: Session): Promise<string[]> {
  const rows = await session.ask<{ name: string }>(listLogPartitions);
  return rows.map(({ name }) => name);
}

/** The partition of an instant's day; names are in the order of days. */
export function logPartitionName(at: number): string {
  return `log_chunks_${dayText(at).replaceAll('-', '_')}`;
}

function dayText(at: number): string {
  return new Date(at).toISOString().slice(0, 10);
}
