import { createLoop, type Loop, type LoopOptions } from '@flotilla/runtime';
import type { UnpublishedEvent } from '@flotilla/storage';
import { createAdmitting } from './admit-blocked.ts';
import type { Connections } from './connections.ts';
import { createExpiring } from './expire-runs.ts';
import { createHandingOut } from './hand-out-runs.ts';
import type { createLanes } from './lanes.ts';
import type { SchedulerEvents } from './log-events.ts';
import { createLogPartitioning } from './make-log-partitions.ts';
import { createPlanning } from './plan-due-runs.ts';
import { createPruning, type Retentions } from './prune-history.ts';
import { createPublishing } from './publish-events.ts';
import { createRebuilding } from './rebuild-queue.ts';
import { createRecovery } from './recover-lost-runs.ts';
import { createWatch, type WatchOptions } from './watch-fleet.ts';

const lookEveryMs = 250;
const publishEveryMs = 125;
const judgeEveryMs = 500;
const rebuildEveryMs = 1_000;
const admitEveryMs = 1_000;
const expireEveryMs = 1_000;
const watchEveryMs = 2_500;
const hourMs = 3_600_000;
/** Servers come back: no loop may sleep through the seconds in which everything is to be due again. */
const maxBackoffMs = 5_000;
/** Others wait for what is rebuilt. */
const rebuildMaxBackoffMs = 1_000;

export interface Chores {
  readonly plan: Loop;
  readonly handOut: Loop;
  readonly admit: Loop;
  readonly expire: Loop;
  readonly publish: Loop;
  readonly recover: Loop;
  readonly rebuild: Loop;
  readonly watch: Loop;
  readonly partition: Loop;
  readonly prune: Loop;
}

/** What a scheduler does: separate loops, none of which waits for another. `replica` names this one to the fleet. */
export function createChores(
  {
    stores,
    enqueuer,
    tide,
    queueCheck,
    stream,
  }: Pick<Connections, 'stores' | 'enqueuer' | 'tide' | 'queueCheck' | 'stream'>,
  { laneOf }: Pick<ReturnType<typeof createLanes>, 'laneOf'>,
  replica: string,
  retentions: Retentions,
  watched: Pick<WatchOptions, 'reports' | 'lookAtServers'>,
  events: SchedulerEvents & { published(rows: readonly UnpublishedEvent[]): void },
): Chores {
  const loop = (name: string, everyMs: number, step: LoopOptions['step'], backoffMs = maxBackoffMs) =>
    createLoop({ name, everyMs, step, onError: events.loopFailed(name), maxBackoffMs: backoffMs });

  const handingOut = createHandingOut({
    store: stores.handOut,
    enqueuer,
    laneOf: (pool) => laneOf(stores.handOut, `hand-out ${pool}`),
    onHandedOut: events.handedOut,
  });
  const publishing = createPublishing({
    store: stores.publish,
    publisher: () => stream.publisher(),
    dropConnection: () => stream.close(),
    laneOf: (lane) => laneOf(stores.publish, `publish ${lane}`),
    onPublished: events.published,
    onRefused: events.eventRefused,
    onRewound: events.streamRewound,
    onCleared: events.eventsCleared,
  });
  const recovery = createRecovery({
    store: stores.judge,
    lane: laneOf(stores.judge, 'judge'),
    judge: replica,
    onDeath: events.workerDied,
    onRecovered: events.recovered,
    onRoom: () => handOut.poke(),
  });
  const rebuilding = createRebuilding({
    store: stores.rebuild,
    tide,
    check: queueCheck,
    lane: laneOf(stores.rebuild, 'rebuild'),
    onLost: events.queueLost,
    onCleared: events.marksCleared,
    onMissing: events.messagesMissing,
    onResumed: events.queueResumed,
  });
  const watching = createWatch({
    ...watched,
    store: stores.alarms,
    lane: laneOf(stores.alarms, 'watch'),
    onNoted: events.alarmsNoted,
  });
  const pruning = createPruning({
    store: stores.prune,
    lane: laneOf(stores.prune, 'prune'),
    retentions,
    onPruned: events.pruned,
  });
  const admitting = createAdmitting(stores.admit, (count) => {
    events.admitted(count);
    handOut.poke();
  });
  const handOut = loop('hand-out', lookEveryMs, handingOut);
  return {
    plan: loop('plan', lookEveryMs, createPlanning(stores.plan, events.planned)),
    handOut,
    admit: loop('admit-blocked', admitEveryMs, admitting),
    expire: loop('expire-runs', expireEveryMs, createExpiring(stores.admit, events.expired)),
    publish: loop('publish', publishEveryMs, publishing),
    recover: loop('recover', judgeEveryMs, recovery),
    rebuild: loop('rebuild', rebuildEveryMs, rebuilding, rebuildMaxBackoffMs),
    watch: loop('watch', watchEveryMs, watching),
    partition: loop('log-partitions', hourMs, createLogPartitioning(stores.prune, events.partitionsMade)),
    prune: loop('prune-history', hourMs, pruning),
  };
}
