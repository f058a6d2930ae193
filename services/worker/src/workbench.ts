import { setMaxListeners } from 'node:events';
import { appendLogChunks } from '@flotilla/storage';
import { createClaiming } from './claiming.ts';
import type { Connections } from './connections.ts';
import { createDatabaseClock } from './database-clock.ts';
import { createFetchLag } from './fetch-lag.ts';
import { createInHand } from './in-hand.ts';
import type { WorkerEvents } from './log-events.ts';
import type { Membership } from './membership.ts';
import type { WorkerMetrics } from './metrics.ts';
import { createOrders } from './read-orders.ts';
import { createSettling } from './settling.ts';
import { createSlots } from './slots.ts';
import { createTurnLogs } from './turn-log/turn-logs.ts';
import type { TurnRunner } from './turns/turn.ts';
import { createWorkRun } from './work-run.ts';

export interface WorkbenchOptions {
  readonly stores: Connections['stores'];
  readonly membership: Membership;
  readonly slotCount: number;
  readonly runTurn: TurnRunner;
  readonly events: WorkerEvents;
  readonly metrics: WorkerMetrics;
}

/** What the runs of one worker share, and the work that is done on it. */
export function createWorkbench(options: WorkbenchOptions) {
  const { stores, membership, slotCount, runTurn, events, metrics } = options;
  const draining = new AbortController();
  setMaxListeners(0, draining.signal); // each message that waits for its moment listens
  const slots = createSlots(slotCount);
  const inHand = createInHand();
  const clock = createDatabaseClock();
  const claiming = createClaiming(stores.work, membership);
  const logs = createTurnLogs({
    append: (chunks) => appendLogChunks(stores.logs, chunks),
    onAppendFailed: events.logAppendFailed,
  });
  const workRun = createWorkRun({
    slots,
    claiming,
    inHand,
    clock,
    workerId: membership.id,
    readOrder: createOrders(stores.work),
    runTurn,
    logs,
    settle: createSettling({ store: stores.work, onRefused: events.settleRefused }),
    draining: draining.signal,
    onStarted(run, lateMs) {
      metrics.started(lateMs);
      events.runStarted(run, lateMs);
    },
    onSettled(run, result) {
      metrics.settled(run, result);
      events.runSettled(run, result);
    },
    onTurnFailed: events.turnFailed,
  });
  metrics.observe({ slots, inHand, logs });
  return { draining, slots, inHand, clock, lag: createFetchLag(), claiming, logs, workRun };
}

export type Workbench = ReturnType<typeof createWorkbench>;
