import { connectNats, followEvents, type Publisher } from '@flotilla/events';
import { countUnpublished, type Store, settleAttempts } from '@flotilla/storage';
import { aClaim, aJob, anEnd, aWorker, claim, someRuns } from '@flotilla/storage/test-ledger';
import { afterAll, onTestFinished } from 'vitest';
import { createLanes } from './lanes.ts';
import { createPublishing } from './publish-events.ts';
import { createStreamConnection, type StreamConnection } from './stream-connection.ts';

const closing: (() => Promise<unknown>)[] = [];

export function aStream(url: string): StreamConnection {
  if (closing.length === 0) {
    afterAll(async () => {
      for (const close of closing.splice(0).toReversed()) await close();
    });
  }
  const stream = createStreamConnection({ url, name: 'flotilla test' });
  closing.push(() => stream.close());
  return stream;
}

export interface Replica {
  step(): Promise<unknown>;
  /** Until nothing is unpublished; steps that fail are taken again, as the loop does. */
  publishAll(): Promise<void>;
  readonly refused: readonly string[];
  /** The epochs that it raised. */
  readonly rewound: readonly number[];
}

/** For tests alone: one replica's publishing. `around` stands between it and the stream. */
export function aReplica(
  store: Store,
  stream: StreamConnection,
  around: (publisher: Publisher) => Publisher = (publisher) => publisher,
): Replica {
  const { laneOf, releaseLanes } = createLanes();
  onTestFinished(releaseLanes);
  const [refused, rewound]: [string[], number[]] = [[], []];
  const wrapped = new WeakMap<Publisher, Publisher>();
  const step = createPublishing({
    store,
    async publisher() {
      const plain = await stream.publisher();
      const known = wrapped.get(plain) ?? around(plain);
      wrapped.set(plain, known);
      return known;
    },
    dropConnection: () => stream.close(),
    laneOf: (lane) => laneOf(store, `publish ${lane}`),
    onPublished: () => undefined,
    onRefused: (row) => refused.push(row.event.id),
    onRewound: (epoch) => rewound.push(epoch),
    onCleared: () => undefined,
  });
  return {
    step,
    refused,
    rewound,
    async publishAll() {
      do await step().catch(() => undefined);
      while ((await countUnpublished(store)) > 0);
    },
  };
}

/** Runs that were queued, started and settled: three events each, and the job's own. */
export async function someHistory(store: Store, count: number): Promise<string[]> {
  const [job, workerId] = await Promise.all([aJob(store, { overlap: 'allow' }), aWorker(store)]);
  const runIds = await someRuns(store, job, count);
  for (const runId of runIds) await claim(store, workerId, aClaim(runId));
  await settleAttempts(
    store,
    runIds.map((runId) => anEnd({ runId, attempt: 1, workerId })),
  );
  return [...runIds, job.jobId];
}

/** What the stream has of the entities, in its order: their versions, as often as they lie there. */
export async function streamed(
  natsUrl: string,
  entityIds: readonly string[],
  { from, to }: { from: number; to: number },
): Promise<Map<string, number[]>> {
  const nats = await connectNats({ url: natsUrl, name: 'flotilla test' });
  const wanted = new Map<string, number[]>(entityIds.map((id) => [id, []]));
  const signal = AbortSignal.timeout(50_000);
  for await (const { event, sequence } of followEvents(nats, { from, signal })) {
    const [entityId = '', version] = event.id.split('.');
    wanted.get(entityId)?.push(Number(version));
    if (sequence >= to) break;
  }
  await nats.close();
  return wanted;
}
