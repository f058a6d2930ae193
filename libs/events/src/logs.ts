import type { NatsConnection } from 'nats';
import { allLogPieces, type LogPieceKey, logPieceSubject, parseLogPieceSubject, tails } from './subjects.ts';

/** Some bytes that a turn wrote: those of the chunk of the same numbers in the log store. */
export interface LivePiece extends LogPieceKey {
  readonly bytes: Uint8Array;
}

/** What a connection may have on its way, unconfirmed: a server that stands still costs no more memory than this. */
export const maxUnconfirmedBytes = 1024 * 1024;

/**
 * Publishes pieces of logs on one connection. What finds the connection lost or full is dropped, since whoever follows
 * finds it in the log store: nothing here waits, throws or rejects (LG-1).
 */
export function createLogPublisher(nats: NatsConnection): (piece: LivePiece) => void {
  let unconfirmedBytes = 0;
  return ({ bytes, ...key }) => {
    if (nats.isClosed() || unconfirmedBytes + bytes.length > maxUnconfirmedBytes) return;
    const confirmed = () => {
      unconfirmedBytes -= bytes.length;
    };
    try {
      nats.publish(logPieceSubject(key), bytes);
      unconfirmedBytes += bytes.length;
      nats.flush().then(confirmed, confirmed);
    } catch {
      return; // larger than the server takes, or the connection ends: the log store has it
    }
  };
}

export function onLogPiece(nats: NatsConnection, take: (piece: LivePiece) => void): void {
  nats.subscribe(allLogPieces, {
    callback: (error, message) => {
      const key = error === null ? parseLogPieceSubject(message.subject) : null;
      if (key !== null) take({ ...key, bytes: message.data });
    },
  });
}

/** Who follows a log says so this often. */
export const tailEveryMs = 5_000;
/** A worker that has not heard so for this long takes nobody to follow: two of three may be lost. */
export const tailLastsMs = 15_000;

/** Tells all workers that somebody follows the log of a run. */
export function publishTail(nats: NatsConnection, runId: string): void {
  if (!nats.isClosed()) nats.publish(tails, runId);
}

export function onTail(nats: NatsConnection, follow: (runId: string) => void): void {
  nats.subscribe(tails, {
    callback: (error, message) => {
      if (error === null) follow(message.string());
    },
  });
}
