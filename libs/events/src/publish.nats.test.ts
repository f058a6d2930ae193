import type { Event } from '@flotilla/domain';
import { expect, test } from 'vitest';
import { createPublisher, EventRefused } from './publish.ts';
import { streamName } from './subjects.ts';
import { aFact, openTestNats } from './test-events.ts';

const nats = await openTestNats();
const publisher = await createPublisher(nats);
const { streams } = await nats.jetstreamManager();

function sized(bytes: number): Event {
  const event = aFact();
  return { ...event, data: { ...event.data, key: 'k'.repeat(bytes) } } as Event;
}

test('EV-2 an event lies in the stream under its subject, id and epoch', async () => {
  const event = aFact(3, 'run.started');
  const sequence = await publisher.publish(event, event.data.jobId, 7);
  const stored = await streams.getMessage(streamName, { seq: sequence });
  expect(stored.subject).toBe(`flotilla.events.run.started.${event.data.jobId}`);
  expect(stored.header.get('Nats-Msg-Id')).toBe(`${event.id}.7`);
  expect(stored.header.get('Flotilla-Epoch')).toBe('7');
  expect(stored.json()).toEqual(event);
});

test('EV-2 an event that is sent again keeps its place', async () => {
  const event = aFact();
  const first = await publisher.publish(event, event.data.jobId, 1);
  const other = await createPublisher(await openTestNats());
  expect(await other.publish(event, event.data.jobId, 1)).toBe(first);
});

test('EV-2 under another epoch of the stream the same event is sent anew', async () => {
  const event = aFact();
  const first = await publisher.publish(event, event.data.jobId, 1);
  expect(await publisher.publish(event, event.data.jobId, 2)).toBeGreaterThan(first);
});

test('EV-5 what NATS cannot take is refused, counted with its headers, and leaves the connection as it is', async () => {
  const most = nats.info?.max_payload ?? 0;
  const besides = JSON.stringify(sized(0)).length;
  for (const bytes of [most, most - besides - 20]) {
    const refusal = publisher.publish(sized(bytes), 'job', 1);
    await expect(refusal).rejects.toThrow(EventRefused);
  }
  expect(nats.isClosed()).toBe(false);
  await expect(publisher.publish(aFact(), 'job', 1)).resolves.toBeGreaterThan(0);
});

test('on a lost connection nothing is refused: the event may be sent again', async () => {
  const lost = await openTestNats();
  const late = await createPublisher(lost);
  await lost.close();
  const failure = await late.publish(aFact(), 'job', 1).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(Error);
  expect(failure).not.toBeInstanceOf(EventRefused);
});
