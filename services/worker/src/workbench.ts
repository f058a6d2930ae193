import { setMaxListeners } from 'node:events';
import { appendLogChunks } from '@flotilla/storage';
import { createClaiming } from './claiming.ts';
import type { Connections } from './connections.ts';
import { createDatabaseClock } from './database-clock.ts';
import { createFetchLag } from './fetch-lag.ts';
import { createGivenUpClaims } from './given-up-claims.ts';
import { createInHand } from './in-hand.ts';
import { createIntake } from './intake.ts';
import { createKeptResults } from './kept-results.ts';
import type { WorkerEvents } from './log-events.ts';
import type { Membership } from './membership.ts';
import type { WorkerMetrics } from './metrics.ts';
import { createOrders } from './read-orders.ts';
import { createSettling } from './settling.ts';
import { createSlots } from './slots.ts';
import { createTakeTurn } from './take-turn.ts';
import type { TellOthers } from './tell-others.ts';
import type { LiveTail } from './turn-log/live-tail.ts';
import { createTurnLogs } from './turn-log/turn-logs.ts';
import type { TurnRunner } from './turns/turn.ts';
import { createWorkRun } from './work-run.ts';

export interface WorkbenchOptions {
  readonly stores: Connections['stores'];
  readonly membership: Membership;
  readonly slotCount: number;
  readonly runTurn: TurnRunner;
  readonly tail: Pick<LiveTail, 'publish'>;
  readonly tellOthers: TellOthers;
  readonly events: WorkerEvents;
  readonly metrics: WorkerMetrics;
}

/** What the runs of one worker share, and the work that is done on it. */
export function createWorkbench(options: WorkbenchOptions) {
  const { stores, membership, slotCount, runTurn, tail, tellOthers, events, metrics } = options;
  const draining = new AbortController();
  setMaxListeners(0, draining.signal); // each message that waits for its moment listens
  const slots = createSlots(slotCount);
  const inHand = createInHand();
  const clock = createDatabaseClock();
  const intake = createIntake();
  const kept = createKeptResults();
  const givenUp = createGivenUpClaims();
  const claiming = createClaiming({
    store: stores.work,
    membership,
    givenUp,
    onUnanswered: () => void intake.close('unheard'), // CL-5
    onGivenBack: events.handedBack,
    onAskedToEnd: tellOthers.askedToEnd,
  });
  const logs = createTurnLogs({
    append: (chunks) => appendLogChunks(stores.logs, chunks),
    onAppendFailed: events.logAppendFailed,
    onSealed: tail.publish,
  });
  const workRun = createWorkRun({
    claiming,
    inHand,
    clock,
    membership,
    intake,
    takeTurn: createTakeTurn({
      readOrder: createOrders(stores.work),
      runTurn,
      logs,
      clock,
      membership,
      intake,
      onTurnFailed: events.turnFailed,
      onNotBegun: events.turnNotBegun,
    }),
    settle: createSettling({
      store: stores.work,
      onRefused: events.settleRefused,
      onStuck: events.settleStuck,
      onUnstuck: events.settleUnstuck,
      onRoom: tellOthers.room,
      onQueued: tellOthers.queued,
    }),
    kept,
    draining: draining.signal,
    onStarted(run, lateMs) {
      metrics.started(lateMs);
      events.runStarted(run, lateMs);
    },
    onSettled(run, result) {
      metrics.settled(run, result);
      events.runSettled(run, result);
    },
  });
  metrics.observe({ slots, inHand, kept, clock, logs });
  return {
    draining,
    slots,
    inHand,
    intake,
    clock,
    lag: createFetchLag(),
    claiming,
    givenUp,
    logs,
    workRun,
  };
}

export type Workbench = ReturnType<typeof createWorkbench>;
