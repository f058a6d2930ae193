import { type LivePiece, tailEveryMs } from '@flotilla/events';

/** One reader of a run's log. */
export interface TailListener {
  piece(piece: LivePiece): void;
  /** Pieces may come from now on, or no more: NATS came or went. */
  lineChanged(): void;
}

/** Those who follow logs, on one connection for the whole process. */
export interface LogTails {
  /** Hears the pieces of a run that its worker tells from now on. The returned function leaves. */
  join(runId: string, listener: TailListener): () => void;
  /** Whether pieces can come. */
  isLive(): boolean;
  publish(piece: LivePiece): void;
  setLive(isLive: boolean): void;
}

/** `announce` tells the workers that a run is followed: at once, and again every few seconds. */
export function createLogTails(announce: (runId: string) => void): LogTails {
  const listeners = new Map<string, Set<TailListener>>();
  let isLive = false;
  let repeating: NodeJS.Timeout | undefined;

  function announceAll(): void {
    for (const runId of listeners.keys()) announce(runId);
  }

  function leave(runId: string, listener: TailListener): void {
    const ofRun = listeners.get(runId);
    ofRun?.delete(listener);
    if (ofRun?.size === 0) listeners.delete(runId);
    if (listeners.size > 0) return;
    clearInterval(repeating);
    repeating = undefined;
  }

  return {
    join(runId, listener) {
      listeners.set(runId, (listeners.get(runId) ?? new Set()).add(listener));
      repeating ??= setInterval(announceAll, tailEveryMs).unref();
      announce(runId);
      return () => leave(runId, listener);
    },
    isLive: () => isLive,
    publish(piece) {
      for (const listener of listeners.get(piece.runId) ?? []) listener.piece(piece);
    },
    setLive(now) {
      if (now === isLive) return;
      isLive = now;
      if (now) announceAll();
      for (const listener of [...listeners.values()].flatMap((ofRun) => [...ofRun])) listener.lineChanged();
    },
  };
}
