import { randomUUID } from 'node:crypto';
import type { Message } from '@flotilla/queue';
import type { Store } from '@flotilla/storage';
import { afterEach, expect, test, vi } from 'vitest';
import { createBeats } from './beats.ts';
import { logEvents } from './log-events.ts';
import type { createWorkerMetrics } from './metrics.ts';
import { anAliveMembership } from './test-membership.ts';
import { type Answers, aStore } from './test-store.ts';
import { createWorkbench } from './workbench.ts';

afterEach(() => void vi.useRealTimers());

/** A worker that is alive, on a ledger that answers as the test says. */
async function aWorker(answers: Answers) {
  const store: Store = aStore(answers);
  const membership = await anAliveMembership();
  const nothing = () => undefined;
  const events = logEvents({ info: nothing, warn: nothing, error: nothing, debug: nothing } as never);
  const metrics = { started: nothing, settled: nothing, observe: nothing } as unknown as ReturnType<
    typeof createWorkerMetrics
  >;
  const runTurn = () => Promise.reject(new Error('no turn is begun here'));
  const stores = { work: store, beat: store, logs: store };
  const workbench = createWorkbench({
    stores,
    membership,
    slotCount: 1,
    runTurn,
    tail: { publish: nothing },
    tellOthers: { room: nothing, queued: nothing, askedToEnd: nothing },
    events,
    metrics,
  });
  const poolSlots = workbench.slots.of('default');
  const told: string[] = [];
  workbench.intake.control({
    pause: async () => void told.push('pause'),
    resume: () => void told.push('resume'),
  });
  const { loop: beat } = createBeats(store, membership, workbench, events);
  const workRun = (message: Message) => workbench.workRun(message, poolSlots);
  return { ...workbench, workRun, membership, beat, told };
}

const aMessage = () => ({ runId: randomUUID(), attempt: 0, number: 1, dueAt: 0 });
const answered = { 'write-beat': () => [{ now: Date.now(), runs: [] }] };

test('CL-5 a claim that is not answered for 3 s pauses the consumers until a beat is answered', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout'] });
  const { intake, workRun, beat, told } = await aWorker({
    ...answered,
    'claim-ungated': () => new Promise(() => undefined),
  });
  intake.open('unheard');
  void workRun(aMessage());
  await vi.advanceTimersByTimeAsync(2_999);
  expect([intake.isOpen(), told]).toEqual([true, ['resume']]);
  await vi.advanceTimersByTimeAsync(1);
  expect([intake.isOpen(), told]).toEqual([false, ['resume', 'pause']]);
  expect(await workRun(aMessage()), 'what still comes').toEqual({ kind: 'back' });
  beat.start();
  await vi.waitFor(() => expect(intake.isOpen()).toBe(true));
  expect(told).toEqual(['resume', 'pause', 'resume']);
  await beat.stop();
});

test('LV-6 the first answered beat opens the intake; a death closes it until the next id is alive', async () => {
  const dead = new Set<unknown>();
  const { intake, membership, beat } = await aWorker({
    'write-beat': ([id]) => (dead.has(id) ? [] : answered['write-beat']()),
  });
  const before = membership.id();
  expect(intake.isOpen()).toBe(false);
  beat.start();
  await vi.waitFor(() => expect(intake.isOpen()).toBe(true));
  const closing = vi.spyOn(intake, 'close');
  dead.add(before);
  beat.poke();
  await vi.waitFor(() => expect(membership.guards).toHaveLength(2));
  expect(closing).toHaveBeenCalledWith('unheard');
  await vi.waitFor(() => expect(intake.isOpen()).toBe(true));
  expect(membership.id()).not.toBe(before);
  await beat.stop();
});

test('CK-2 a worker whose clock is beyond 2 s off takes no runs', async () => {
  let offMs = -5_000;
  const { intake, beat } = await aWorker({ 'write-beat': () => [{ now: Date.now() + offMs, runs: [] }] });
  beat.start();
  await vi.waitFor(() => expect(intake.problem()).toMatch('too far apart'));
  expect(intake.isOpen()).toBe(false);
  offMs = 0;
  beat.poke();
  await vi.waitFor(() => expect(intake.isOpen()).toBe(true));
  await beat.stop();
});
