import { randomUUID } from 'node:crypto';
import type { Event, RunEventType } from '@flotilla/domain';
import type { NatsConnection } from 'nats';
import { afterAll, inject } from 'vitest';
import { connectNats } from './connect.ts';

/** For tests alone: events that the catalogue knows, and connections that are closed after the file's tests. */
export function aFact(
  version = 1,
  type: RunEventType = 'run.queued',
  run = randomUUID(),
): Extract<Event, { entity: 'run' }> {
  const at = new Date(1_800_000_000_000).toISOString();
  return {
    id: `${run}.${version}`,
    type,
    entity: 'run',
    at,
    data: {
      run,
      job: 'nightly-report',
      jobId: randomUUID(),
      cause: 'schedule',
      key: '1800000000000',
      tickAt: at,
      tickUntil: null,
      tickCount: 1,
      dueAt: at,
      startedAt: null,
      settledAt: null,
      state: 'queued',
      reason: null,
      attempt: 0,
      failures: 0,
      losses: 0,
      revision: 1,
      version,
      worker: null,
      parent: null,
    },
  };
}

export async function openTestNats(url = inject('natsUrl')): Promise<NatsConnection> {
  const nats = await connectNats({ url, name: 'flotilla test' });
  afterAll(() => nats.close());
  return nats;
}
