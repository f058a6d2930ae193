import { type StepResult, sleep } from '@flotilla/runtime';
import {
  dropLogPartitions,
  type Prune,
  pruneAlarms,
  pruneBatch,
  pruneEndings,
  pruneEvents,
  pruneOutputs,
  pruneRuns,
  pruneStrayLogChunks,
  pruneWorkers,
  readClock,
  type Store,
} from '@flotilla/storage';
import type { HeldLane, Lane } from './lane.ts';

/** LG-2: how long what is kept. In milliseconds. */
export interface Retentions {
  readonly runsMs: number;
  /** Logs too. */
  readonly outputsMs: number;
  readonly eventsMs: number;
}

/** Rows of each kind that one pass has pruned. */
export interface Pruned {
  readonly runs: number;
  readonly outputs: number;
  readonly events: number;
  readonly alarms: number;
  readonly workers: number;
  readonly endings: number;
  readonly strayLogChunks: number;
  readonly logPartitions: readonly string[];
}

export interface PruningOptions {
  readonly store: Store;
  readonly lane: Lane;
  readonly retentions: Retentions;
  readonly onPruned: (pruned: Pruned) => void;
  /** CK-1: the clock by which everything is as old as it is. */
  readonly clock?: (store: Store) => Promise<number>;
}

/** Alarms and workers that are over are few, and looked up after the fact. */
const keepEndedMs = 30 * 86_400_000;
/** How long a parent's ending waits for those of the others below the same root: a weekend, and who mends it after that. */
const keepEndingsMs = 7 * 86_400_000;
/** Between two batches others have their turn: pruning has all the time there is. */
const pauseMs = 100;

/** What is older than it is kept goes, details before the rows that they are details of (ID-3). */
export function createPruning({ store, lane, retentions, onPruned, clock = readClock }: PruningOptions) {
  /** Batches until there is no whole one more. TX-6: the lane is asked for before each. */
  async function pruneAll(
    prune: Prune,
    before: number,
    held: HeldLane,
    signal: AbortSignal,
  ): Promise<number> {
    let count = 0;
    for (;;) {
      held.assertHeld();
      const pruned = await prune(store, before);
      count += pruned;
      if (pruned < pruneBatch) return count;
      await sleep(pauseMs, signal);
    }
  }

  async function pruneHistory(held: HeldLane, signal: AbortSignal): Promise<Pruned> {
    const now = await clock(store);
    const { runsMs, outputsMs, eventsMs } = retentions;
    const all = (prune: Prune, keptMs: number) => pruneAll(prune, now - keptMs, held, signal);
    const events = await all(pruneEvents, eventsMs);
    const alarms = await all(pruneAlarms, keepEndedMs);
    const workers = await all(pruneWorkers, keepEndedMs);
    const endings = await all(pruneEndings, keepEndingsMs);
    const outputs = await all(pruneOutputs, outputsMs);
    const strayLogChunks = await all(pruneStrayLogChunks, outputsMs);
    const runs = await all(pruneRuns, runsMs);
    held.assertHeld();
    const logPartitions = await dropLogPartitions(store, now - outputsMs);
    return { runs, outputs, events, alarms, workers, endings, strayLogChunks, logPartitions };
  }

  return async (signal: AbortSignal): Promise<StepResult> => {
    const pruned = await lane.hold((held) => pruneHistory(held, signal));
    if (pruned !== null) onPruned(pruned);
    return 'idle';
  };
}
