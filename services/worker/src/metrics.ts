import type { ClaimedRun, SettleResult } from '@flotilla/storage';
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { DatabaseClock } from './database-clock.ts';
import type { InHand } from './in-hand.ts';
import type { KeptResults } from './kept-results.ts';
import type { Slots } from './slots.ts';
import type { TurnLogs } from './turn-log/turn-logs.ts';

/** What is looked at when somebody asks. */
export interface Observed {
  readonly slots: Pick<Slots, 'used'>;
  readonly inHand: Pick<InHand, 'all'>;
  readonly kept: Pick<KeptResults, 'count'>;
  readonly clock: Pick<DatabaseClock, 'skewMs'>;
  readonly logs: Pick<TurnLogs, 'lostBytes'>;
}

/** What one worker has seen since it started. */
export function createWorkerMetrics(registry: Registry) {
  const registers = [registry];
  const lateness = new Histogram({
    name: 'flotilla_start_lateness_seconds',
    help: 'From the time a run was due to its claim, by the database clock',
    buckets: [0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300],
    registers,
  });
  const settled = new Counter({
    name: 'flotilla_attempts_settled_total',
    help: 'Attempts that this worker has settled, by the state and reason of the run after it',
    labelNames: ['state', 'reason'],
    registers,
  });
  return {
    started: (lateMs: number) => lateness.observe(Math.max(0, lateMs) / 1000),
    settled(_run: ClaimedRun, result: SettleResult) {
      const state = result.kind === 'settled' ? result.state : result.kind;
      const reason = result.kind === 'settled' ? (result.reason ?? '') : '';
      settled.inc({ state, reason });
    },
    observe({ slots, inHand, kept, clock, logs }: Observed) {
      gauge('flotilla_worker_slots_used', 'Slots that hold a turn', () => slots.used());
      gauge(
        'flotilla_worker_runs_in_hand',
        'Runs that are claimed and not settled',
        () => inHand.all().length,
      );
      gauge(
        'flotilla_worker_results_kept',
        'Results without a slot that the database has not taken for a minute',
        () => kept.count(),
      );
      gauge(
        'flotilla_worker_clock_skew_seconds',
        'The clock of this worker less that of the database',
        () => clock.skewMs() / 1000,
      );
      gauge('flotilla_worker_log_lost_bytes', 'Bytes of logs that never reached the store', () =>
        logs.lostBytes(),
      );
    },
  };

  function gauge(name: string, help: string, value: () => number): void {
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(value());
      },
    });
  }
}

export type WorkerMetrics = ReturnType<typeof createWorkerMetrics>;
