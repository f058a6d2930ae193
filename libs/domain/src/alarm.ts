/** Everything that Flotilla warns of. The names are what users see, in events, the API and the ledger. */
export const alarmKinds = [
  'worker_dead',
  'no_worker',
  'queue_behind',
  'job_blocked',
  'replay_cap',
  'settle_refused',
  'log_refused',
  'clock_skew',
  'redis_away',
  'queue_was_lost',
  'queue_paused',
  'eviction_policy',
  'aof_off',
  'nats_away',
  'stream_behind',
  'stream_was_lost',
  'event_refused',
] as const;
export type AlarmKind = (typeof alarmKinds)[number];

export interface AlarmRule {
  /** What `subject` names. */
  readonly subject: string;
  /** What is the matter, in one sentence. */
  readonly means: string;
  /** What to do about it, as an order. */
  readonly remedy: string;
  /** While it is open the fleet does not do what it is there for: `/readyz` shows it. */
  readonly concernsReadiness: boolean;
  /**
   * How long after its condition was last seen the alarm is resolved, in milliseconds: of what happens at one moment,
   * the time in which people should hear of it; of what lasts, the hysteresis that keeps it from flapping.
   */
  readonly lastsMs: number;
}

const minuteMs = 60_000;
/** Of a condition that is looked at every few seconds: several looks without it. */
const steadyMs = 10_000;
/** Of figures that go up and down about their bound. */
const waveringMs = minuteMs;
/** Of a moment that is past. */
const tellMs = 15 * minuteMs;

/** The catalogue of alarms. */
export const alarmRules: Readonly<Record<AlarmKind, AlarmRule>> = {
  worker_dead: {
    subject: 'worker',
    means: 'a worker was declared dead within the last 15 minutes',
    remedy: 'read its log and that of its host, and see that it was started again',
    concernsReadiness: false,
    lastsMs: steadyMs,
  },
  no_worker: {
    subject: 'pool',
    means: 'runs of a pool have been due for 15 seconds, and no worker takes them',
    remedy: 'start a worker whose FLOTILLA_POOLS names the pool: flotilla start worker',
    concernsReadiness: true,
    lastsMs: steadyMs,
  },
  queue_behind: {
    subject: 'pool',
    means: 'a run of a pool has been due for a minute, and no worker has had a slot for it',
    remedy: 'start more workers or raise FLOTILLA_SLOTS, or see with "flotilla runs list" what fills them',
    concernsReadiness: true,
    lastsMs: waveringMs,
  },
  job_blocked: {
    subject: 'job',
    means: 'the schedule of a job cannot be computed: it has no ticks until an edit',
    remedy: 'correct its schedule, or update Node where its zone is unknown',
    concernsReadiness: false,
    lastsMs: steadyMs,
  },
  replay_cap: {
    subject: 'job',
    means: 'a run was lost with its worker as often as is allowed within the last hour, and is not run again',
    remedy: 'see whether its turn kills the worker, then retry it: flotilla runs retry',
    concernsReadiness: false,
    lastsMs: steadyMs,
  },
  settle_refused: {
    subject: 'SQLSTATE',
    means:
      'a worker has offered a result for over a minute, and Postgres does not take it; it is kept and offered again',
    remedy: 'look up the SQLSTATE in the log of Postgres: most often its disk is full or it takes no writes',
    concernsReadiness: true,
    lastsMs: waveringMs,
  },
  log_refused: {
    subject: 'worker',
    means: 'Postgres does not take what turns write; runs go on, and their output may have gaps',
    remedy: 'look into the log of Postgres: most often its disk is full',
    concernsReadiness: false,
    lastsMs: waveringMs,
  },
  clock_skew: {
    subject: 'worker',
    means: "a worker's clock is 250 ms or more off the clock of Postgres; beyond 2 s it takes no work",
    remedy: 'synchronise both hosts by NTP',
    concernsReadiness: false,
    lastsMs: waveringMs,
  },
  redis_away: {
    subject: 'redis',
    means: 'Redis has not answered the scheduler for 10 seconds, or takes no writes: nothing is handed out',
    remedy: 'start Redis, or see why it does not answer; nothing is lost meanwhile',
    concernsReadiness: true,
    lastsMs: steadyMs,
  },
  queue_was_lost: {
    subject: 'redis',
    means: 'Redis had lost what it was given; everything was handed out again',
    remedy: 'see who flushed, restored or replaced it; runs need nothing',
    concernsReadiness: false,
    lastsMs: tellMs,
  },
  queue_paused: {
    subject: 'pool',
    means: 'somebody had paused the queue of a pool in Redis; it was resumed',
    remedy: 'pause jobs with Flotilla, not with BullMQ',
    concernsReadiness: false,
    lastsMs: tellMs,
  },
  eviction_policy: {
    subject: 'redis',
    means: 'Redis drops keys when its memory is full',
    remedy: 'set maxmemory-policy noeviction in redis.conf',
    concernsReadiness: false,
    lastsMs: steadyMs,
  },
  aof_off: {
    subject: 'redis',
    means:
      'Redis keeps no append-only file, or cannot write it: after a restart everything is handed out again',
    remedy: 'set appendonly yes in redis.conf, and make room on its disk',
    concernsReadiness: false,
    lastsMs: steadyMs,
  },
  nats_away: {
    subject: 'nats',
    means:
      'NATS has not answered the scheduler for 10 seconds: events wait in Postgres, and no run is affected',
    remedy: 'start NATS, or see why it does not answer',
    concernsReadiness: false,
    lastsMs: steadyMs,
  },
  stream_behind: {
    subject: 'stream',
    means: 'an event has waited for a minute to be published',
    remedy: 'see that NATS and its JetStream take events: flotilla doctor',
    concernsReadiness: false,
    lastsMs: waveringMs,
  },
  stream_was_lost: {
    subject: 'stream',
    means: 'the stream in NATS was deleted or rewound; what it had lost is published again',
    remedy: 'see who deleted or restored it; who reads it sees events again, and drops known ones',
    concernsReadiness: false,
    lastsMs: tellMs,
  },
  event_refused: {
    subject: 'event',
    means: 'NATS refuses an event for its size; it was set aside, and stays in the ledger',
    remedy: "raise max_payload of NATS or the stream's max_msg_size to 1 MiB",
    concernsReadiness: false,
    lastsMs: 24 * 60 * minuteMs,
  },
};

/** At most so many alarms of one kind are open: what more there is shows once others are resolved. */
export const maxOpenPerKind = 20;
export const maxAlarmMessage = 500;

/** What somebody has seen to be the matter. */
export interface AlarmCondition {
  readonly kind: AlarmKind;
  readonly subject: string;
  /** One line, with the figures. */
  readonly message: string;
}

/** An open alarm: one for each kind and subject. */
export interface OpenAlarm extends AlarmCondition {
  readonly id: string;
  /** When its condition was last seen, in epoch milliseconds. */
  readonly seenAt: number;
}
