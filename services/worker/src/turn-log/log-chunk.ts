import { promisify } from 'node:util';
import { gzip } from 'node:zlib';

export type LogStream = 'stdout' | 'stderr';

/** A stretch of one stream of one attempt, as the log store keeps it. `at`: epoch ms at which it begins. */
export interface LogChunk extends LogChunkKey {
  readonly at: number;
  /** At most 64 KiB (LG-1). */
  readonly gzip: Buffer;
}

/** `seq` counts from 0 within (run, attempt, stream). */
export interface LogChunkKey {
  readonly runId: string;
  readonly attempt: number;
  readonly stream: LogStream;
  readonly seq: number;
}

/** A chunk on its way to the store. */
export interface PlainLogChunk extends LogChunkKey {
  readonly at: number;
  readonly bytes: Buffer;
  /** It stands for bytes that are lost. */
  readonly isMarker: boolean;
}

/** Bytes of a chunk before gzip, which adds a little to what it cannot make smaller. */
export const chunkLimitBytes = 64 * 1024 - 128;

/** Room for the marker of a loss in front of what follows it. */
export const markerLimitBytes = 64;

const fastest = { level: 1 };
const compressBytes = promisify<Buffer, typeof fastest, Buffer>(gzip);

export async function compress({ runId, attempt, stream, seq, at, bytes }: PlainLogChunk): Promise<LogChunk> {
  return { runId, attempt, stream, seq, at, gzip: await compressBytes(bytes, fastest) };
}

/** What a reader of the log sees in place of what is lost. */
export function lossMarker(lostBytes: number): Buffer {
  return Buffer.from(`\n[… ${lostBytes} bytes of this log are lost …]\n`);
}
