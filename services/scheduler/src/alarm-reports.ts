import type { AlarmCondition } from '@flotilla/domain';
import { type NotedAlarms, noteAlarms, type Store } from '@flotilla/storage';
import type { SchedulerEvents } from './log-events.ts';

/** What this replica alone has seen happen: it waits here until the ledger has it. */
export interface AlarmReports {
  add(condition: AlarmCondition): void;
  /** Tells the ledger what waits, and returns what that changed; what it did not take is told again the next time. */
  tell(store: Store): Promise<NotedAlarms | null>;
}

/** Reports that wait while Postgres is away. Where there are more, the oldest are forgotten. */
const mostReports = 100;

export function createAlarmReports(): AlarmReports {
  const waiting = new Map<string, AlarmCondition>();
  return {
    add(condition) {
      waiting.set(`${condition.kind} ${condition.subject}`, condition);
      const [oldest] = waiting.keys();
      if (waiting.size > mostReports && oldest !== undefined) waiting.delete(oldest);
    },
    async tell(store) {
      const told = [...waiting];
      if (told.length === 0) return null;
      const noted = await noteAlarms(
        store,
        told.map(([, condition]) => condition),
      );
      for (const [key, condition] of told) if (waiting.get(key) === condition) waiting.delete(key);
      return noted;
    },
  };
}

/** The same events, of which those that people are to hear of are reported too. */
export function reporting(events: SchedulerEvents, { add }: Pick<AlarmReports, 'add'>): SchedulerEvents {
  return {
    ...events,
    eventRefused(row, why) {
      events.eventRefused(row, why);
      add({ kind: 'event_refused', subject: row.event.id, message: `the event ${row.event.type}: ${why}` });
    },
    streamRewound(epoch) {
      events.streamRewound(epoch);
      const message = `the stream had lost events: they are published again in its life ${epoch}`;
      add({ kind: 'stream_was_lost', subject: 'stream', message });
    },
    queueLost(epoch) {
      events.queueLost(epoch);
      const message = `Redis had lost what it was given: everything is handed out again in its life ${epoch}`;
      add({ kind: 'queue_was_lost', subject: 'redis', message });
    },
    queueResumed(pool) {
      events.queueResumed(pool);
      const message = `somebody had paused the queue of the pool ${pool} in Redis: it was resumed`;
      add({ kind: 'queue_paused', subject: pool, message });
    },
  };
}
