import { monotonicMs } from '@flotilla/runtime';
import { StorageUnavailable } from '@flotilla/storage';
import { expect, test, vi } from 'vitest';
import { aMembership, anAliveMembership } from './test-membership.ts';
import { aStore } from './test-store.ts';

test('GD-1 an id enters the ledger once its guard answers, and begins nothing before a beat is answered', async () => {
  const membership = aMembership();
  expect([membership.id(), membership.permission()]).toEqual([null, null]);
  await membership.join();
  expect(membership.id()).not.toBeNull();
  expect([membership.guards.length, membership.permission()]).toEqual([1, null]);
  expect(membership.problem()).toMatch('no beat was answered');

  membership.heard(1_234);
  expect(membership.guard().dots).toEqual([1_234]);
  expect([membership.permission(), membership.problem()]).toEqual([membership.guard(), null]);
});

test('GD-1 a worker whose guard cannot be started is in no ledger, and says why', async () => {
  const registered: unknown[] = [];
  const membership = aMembership(aStore({ 'insert-worker': ([id]) => [{ n: registered.push(id) }] }));
  membership.refuseGuards('EAGAIN');
  await expect(membership.join()).rejects.toThrow('EAGAIN');
  expect([membership.id(), registered]).toEqual([null, []]);
  expect(membership.problem()).toBe('its guard could not be started: EAGAIN');
  membership.refuseGuards(null);
  await membership.join();
  expect(registered).toEqual([membership.id()]);
});

test('an entry whose reply was lost is made again under the same id, with the same guard', async () => {
  const ids: unknown[] = [];
  const membership = aMembership(
    aStore({
      'insert-worker': ([id]) => {
        if (ids.push(id) === 1) throw new StorageUnavailable('the reply was lost');
        return [];
      },
    }),
  );
  await expect(membership.join()).rejects.toThrow('the reply was lost');
  expect(membership.id()).toBeNull();
  await membership.join();
  expect(ids).toEqual([membership.id(), membership.id()]);
  expect(membership.guards).toHaveLength(1);
});

test('GD-4 the guard’s permission is the worker’s', async () => {
  const membership = await anAliveMembership();
  membership.guard().permit(false);
  expect(membership.permission()).toBeNull();
  expect(membership.problem()).toMatch('no turn is started');
});

test('LV-6 declared dead: the guard ends, and another id has another guard that knows nothing of earlier dots', async () => {
  const membership = await anAliveMembership();
  const [id, first] = [membership.id(), membership.guard()];
  await membership.lose();
  expect([first.isEnded(), membership.id(), membership.permission()]).toEqual([true, null, null]);
  expect(membership.guardsLost).toEqual([]);
  await membership.join();
  expect(membership.id()).not.toBe(id);
  expect([membership.guards.length, membership.permission()]).toEqual([2, null]);
});

test('LV-6 an answer that comes when the id is lost is no dot of the next guard', async () => {
  const membership = await anAliveMembership();
  await membership.lose();
  membership.heard(1);
  await membership.join();
  expect(membership.guard().dots).toEqual([]);
});

test('GD-1 a guard that dies alone is followed by another one under the same id, after the next answer', async () => {
  const membership = await anAliveMembership();
  const id = membership.id();
  const fenced = membership.fence().signal;
  membership.guard().die();
  await membership.guard().ended;
  expect([membership.permission(), membership.guardsLost]).toEqual([null, [id]]);
  expect(fenced.reason).toBe('fenced');
  expect(membership.problem()).toMatch('its guard has ended');
  await membership.join();
  expect([membership.id(), membership.guards.length, membership.permission()]).toEqual([id, 2, null]);
  membership.heard(monotonicMs());
  expect(membership.permission()).toBe(membership.guard());
  expect(membership.fence().signal.aborted).toBe(false);
});

test('GD-7 20 s without an answer fence what is inside; after the next answer turns may begin again', async () => {
  const membership = await anAliveMembership();
  const before = membership.fence().signal;
  membership.guard().fenceAll();
  expect(before.reason).toBe('fenced');
  membership.heard(monotonicMs());
  expect(membership.fence().signal.aborted).toBe(false);
});

test('GD-7 so does the worker’s own timer, which counts from when the beat was sent', async () => {
  const membership = aMembership(aStore({}), 60_000);
  await membership.join();
  membership.heard(monotonicMs() - 60_001);
  const fenced = membership.fence().signal;
  await vi.waitFor(() => expect(fenced.reason).toBe('fenced'));
  membership.heard(monotonicMs());
  expect(membership.fence().signal.aborted).toBe(false);
});

test('GD-7 the time is looked at, since a timer may be late', async () => {
  const membership = aMembership(aStore({}), 50);
  await membership.join();
  membership.heard(monotonicMs());
  const fence = membership.fence();
  expect(fence.isPast()).toBe(false);
  const untilMs = monotonicMs() + 60;
  while (monotonicMs() < untilMs); // as a process that stood still: no timer has fired yet
  expect(fence.signal.aborted).toBe(false);
  expect([fence.isPast(), fence.signal.reason]).toEqual([true, 'fenced']);
  membership.heard(monotonicMs());
  expect([fence.isPast(), membership.fence().isPast()]).toEqual([true, false]);
});

test('GD-7 a guard that comes later is told of the turns that are open inside, and of their end', async () => {
  const membership = await anAliveMembership();
  const leave = membership.fence().enter('turn');
  membership.guard().die();
  await membership.guard().ended;
  await membership.join();
  expect([membership.guards.length, ...membership.guard().inside]).toEqual([2, 'turn']);
  leave();
  expect([...membership.guard().inside]).toEqual([]);
});

test('GD-7, LV-6 a guard outlives its declared dead id until no turn is inside: it kills the worker for one that hangs', async () => {
  const membership = await anAliveMembership();
  const guard = membership.guard();
  const leave = membership.fence().enter('turn');
  const lost = membership.lose();
  expect([membership.id(), membership.fence().signal.aborted]).toEqual([null, true]);
  await Promise.resolve();
  expect([guard.isEnded(), ...guard.inside]).toEqual([false, 'turn']);
  leave();
  await lost;
  expect(guard.isEnded()).toBe(true);
});

test('CN-2 who leaves closes the row before the guard ends, and ends it also where nobody takes the word', async () => {
  const steps: string[] = [];
  const membership = aMembership(aStore({ 'close-worker': () => [{ n: steps.push('closed') }] }));
  await membership.join();
  void membership.guard().ended.then(() => steps.push('guard ended'));
  await membership.leave('stopped');
  await membership.guard().ended;
  expect(steps).toEqual(['closed', 'guard ended']);

  const unheard = aMembership(
    aStore({
      'close-worker': () => {
        throw new StorageUnavailable('away');
      },
    }),
  );
  await unheard.join();
  await expect(unheard.leave('stopped')).rejects.toThrow('away');
  expect(unheard.guard().isEnded()).toBe(true);
});
