import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { followEvents, type StreamedEvent } from './follow.ts';
import { createPublisher } from './publish.ts';
import { aFact, openTestNats } from './test-events.ts';

const publisher = await createPublisher(await openTestNats());

/** Publishes a run's queued and started events; other test files publish to the same stream meanwhile. */
async function publishTwo(epoch = 1) {
  const run = randomUUID();
  const events = [aFact(1, 'run.queued', run), aFact(2, 'run.started', run)];
  const sequences: number[] = [];
  for (const event of events) sequences.push(await publisher.publish(event, event.data.jobId, epoch));
  return { run, ids: events.map(({ id }) => id), first: sequences[0] ?? 0, sequences };
}

const isOf = (run: string) => (streamed: StreamedEvent) => streamed.event.id.startsWith(run);

test('EV-6 from a sequence on, each event comes with its place, in its order', async () => {
  const nats = await openTestNats();
  const { run, ids, first, sequences } = await publishTwo(4);
  const seen: StreamedEvent[] = [];
  for await (const streamed of followEvents(nats, { from: first, signal: new AbortController().signal })) {
    if (isOf(run)(streamed)) seen.push(streamed);
    if (seen.length === 2) break;
  }
  expect(seen.map(({ event }) => event.id)).toEqual(ids);
  expect(seen.map(({ epoch, sequence }) => [epoch, sequence])).toEqual(sequences.map((seq) => [4, seq]));
});

test('from now on, earlier events do not come', async () => {
  const nats = await openTestNats();
  const earlier = await publishTwo();
  const following = followEvents(nats, { from: 'new', signal: new AbortController().signal });
  const coming = following.next();
  const ours = new Set<string>();
  const publishing = (async () => {
    while (!nats.isClosed()) {
      const { run } = await publishTwo();
      ours.add(run);
    }
  })();
  const { value } = await coming;
  await following.return(undefined);
  await nats.close();
  await publishing;
  expect(value?.sequence).toBeGreaterThan(Math.max(...earlier.sequences));
});

test('a signal ends it, before the first event too', async () => {
  const nats = await openTestNats();
  const ending = new AbortController();
  const following = followEvents(nats, { from: 'new', signal: ending.signal });
  const coming = following.next();
  ending.abort();
  expect(await coming).toEqual({ done: true, value: undefined });
});

test('it ends with its connection', async () => {
  const nats = await openTestNats();
  const { first } = await publishTwo();
  const following = followEvents(nats, { from: first, signal: new AbortController().signal });
  await following.next();
  await nats.close();
  let next = await following.next();
  while (!next.done) next = await following.next();
  expect(next).toEqual({ done: true, value: undefined });
});

test('EV-6 where it begins, it tells how far the stream reaches', async () => {
  const nats = await openTestNats();
  const { sequences } = await publishTwo();
  const [last = 0] = sequences.slice(-1);
  const reached = await new Promise<number>((onBegun) => {
    const following = followEvents(nats, { from: last, signal: new AbortController().signal, onBegun });
    void following.next().then(() => following.return(undefined));
  });
  expect(reached).toBeGreaterThanOrEqual(last);
});

test('EV-6 a sequence that the stream has not reached is not waited for', async () => {
  const nats = await openTestNats();
  const { sequences } = await publishTwo();
  const from = (sequences[1] ?? 0) + 1_000_000;
  const following = followEvents(nats, { from, signal: new AbortController().signal });
  const coming = following.next();
  const isHere = coming.then(() => true);
  while (!(await Promise.race([isHere, publishTwo().then(() => false)])));
  expect((await coming).value?.sequence).toBeLessThan(from);
  await following.return(undefined);
});

test('what this release does not know is passed over, and so is what is no event', async () => {
  const nats = await openTestNats();
  const strange = { ...aFact(), type: 'run.teleported' };
  const { seq } = await nats.jetstream().publish('flotilla.events.run.teleported.x', JSON.stringify(strange));
  await nats.jetstream().publish('flotilla.events.run.queued.x', 'no JSON');
  const { ids } = await publishTwo();
  const following = followEvents(nats, { from: seq, signal: new AbortController().signal });
  const seen: string[] = [];
  for await (const { event } of following) {
    seen.push(event.id);
    if (event.id === ids[1]) break;
  }
  expect(seen).not.toContain(strange.id);
});

test('those who follow and leave hold on to nothing', async () => {
  const nats = await openTestNats();
  const { first } = await publishTwo();
  const { signal } = new AbortController();
  let listeners = 0;
  const counted = new Proxy(signal, {
    get(target, name) {
      if (name === 'addEventListener') listeners += 1;
      if (name === 'removeEventListener') listeners -= 1;
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
  for (let times = 0; times < 3; times++) {
    for await (const _ of followEvents(nats, { from: first, signal: counted })) break;
  }
  expect(listeners).toBe(0);
});
