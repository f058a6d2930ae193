import {
  type JetStreamManager,
  type NatsConnection,
  RetentionPolicy,
  StorageType,
  type StreamInfo,
} from 'nats';
import { allEvents, streamName } from './subjects.ts';

const second = 1_000_000_000; // JetStream counts nanoseconds
/** How long the stream keeps events, and how much of them at most. The ledger is the record, the stream a fan-out. */
export const streamAgeSeconds = 14 * 86_400;
export const streamBytes = 2 * 1024 ** 3;
/** A message id that comes again within this time is dropped by the stream. */
const dedupeSeconds = 120;
const notFound = 404;

/** Makes the stream where there is none. */
export async function ensureStream(nats: NatsConnection): Promise<StreamInfo> {
  const manager = await nats.jetstreamManager();
  const found = await findStream(manager);
  if (found !== null) return found;
  return await manager.streams.add({
    name: streamName,
    subjects: [allEvents],
    storage: StorageType.File,
    retention: RetentionPolicy.Limits,
    max_age: streamAgeSeconds * second,
    max_bytes: streamBytes,
    duplicate_window: dedupeSeconds * second,
  });
}

/** Null where nobody has made it yet. */
export async function findStream(manager: JetStreamManager): Promise<StreamInfo | null> {
  try {
    return await manager.streams.info(streamName);
  } catch (error) {
    if ((error as { api_error?: { code?: number } }).api_error?.code === notFound) return null;
    throw error;
  }
}
