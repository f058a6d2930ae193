import type { Log } from '@flotilla/runtime';
import type { Judged, NotedAlarms, PlanResult, UnpublishedEvent } from '@flotilla/storage';
import type { Pruned } from './prune-history.ts';

/** The scheduler's log lines, all of them. */
export function logEvents(log: Log) {
  return {
    configWarning: (line: string) => log.warn(line),
    started: (health: string) => log.info({ health }, 'the scheduler is at work'),
    loopFailed: (loop: string) => (error: unknown, backoffMs: number) =>
      log.warn(
        { loop, err: error, backoffMs: Math.round(backoffMs) },
        'a step failed and will be tried again',
      ),
    planned: ({ planned, blocked }: PlanResult) => {
      log.debug({ planned }, 'planned runs');
      for (const jobId of blocked)
        log.error({ jobId }, 'a schedule cannot be computed: the job is blocked until an edit');
    },
    handedOut: (pool: string, count: number) => log.debug({ pool, count }, 'handed out runs'),
    admitted: (count: number) => log.debug({ count }, 'let blocked runs go on'),
    expired: (count: number) => log.debug({ count }, 'expired runs that nobody had started in time'),
    eventRefused: (row: UnpublishedEvent, why: string) =>
      log.error({ event: row.event.id, why }, 'the stream refuses an event: it is set aside'),
    streamRewound: (epoch: number) =>
      log.error({ epoch }, 'NATS has lost events that it had: they are published again'),
    eventsCleared: (lane: number, count: number) =>
      log.warn({ lane, count }, 'cleared the marks of events that the stream has lost'),
    workerDied: ({ id, silentMs }: Judged) =>
      log.error({ worker: id, silentMs }, 'a worker is declared dead by silence'),
    recovered: (count: number) => log.warn({ count }, 'settled runs that were lost with their worker'),
    queueLost: (epoch: number) =>
      log.error({ epoch }, 'Redis has lost what it was given: everything is handed out again'),
    marksCleared: (count: number) => log.warn({ count }, 'cleared the marks of what Redis had been given'),
    messagesMissing: (pool: string, count: number) =>
      log.warn({ pool, count }, 'overdue runs have no message waiting in Redis: they are handed out again'),
    queueResumed: (pool: string) =>
      log.warn({ pool }, 'somebody had paused the queue in Redis: it is resumed'),
    partitionsMade: (names: readonly string[]) => log.info({ names }, 'made log partitions'),
    alarmsNoted: ({ raised, resolved }: NotedAlarms) => {
      for (const { message, ...alarm } of raised) log.warn(alarm, `alarm: ${message}`);
      for (const { message, ...alarm } of resolved) log.info(alarm, `over: ${message}`);
    },
    pruned: (pruned: Pruned) => log.info(pruned, 'pruned what is older than it is kept'),
    redisProblem: (error: Error) => log.debug({ err: error }, 'Redis'),
  };
}

export type SchedulerEvents = ReturnType<typeof logEvents>;
