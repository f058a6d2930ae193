import { randomUUID } from 'node:crypto';
import { leaseMs, takeLease } from '@flotilla/storage';
import { openTestLedger } from '@flotilla/storage/test-ledger';
import { expect, test, vi } from 'vitest';
import { createLane, type HeldLane, LaneLost } from './lane.ts';
import { createLanes } from './lanes.ts';

const { store, another, sql } = await openTestLedger();

/** Two replicas that want the same lane. */
function rivals(nowMs?: () => number) {
  const name = `lane ${randomUUID()}`;
  const mine = createLane(store, name, randomUUID(), nowMs);
  const theirs = createLane(another(), name, randomUUID());
  return { name, mine, theirs };
}

const numberOf = async ({ lease }: HeldLane) => lease.number;

async function untilOf(name: string): Promise<number> {
  const [row] = await sql<{ until: number }>('SELECT until FROM leases WHERE name = $1', [name]);
  return row?.until ?? 0;
}

test('TX-6 one holder works at a time; the other is told so, and not kept waiting', async () => {
  const { mine, theirs } = rivals();
  const result = await mine.hold(async (lane) => {
    expect(await theirs.hold(numberOf)).toBeNull();
    lane.assertHeld();
    return 'worked';
  });
  expect(result).toBe('worked');
  expect(await mine.hold(numberOf)).toBe(1);
});

test('TX-6 long work keeps its lane: a timer renews it meanwhile', async () => {
  const { name, mine, theirs } = rivals();
  await mine.hold(async (lane) => {
    const first = await untilOf(name);
    await expect.poll(() => untilOf(name), { timeout: 10_000 }).toBeGreaterThan(first);
    lane.assertHeld();
    expect(await theirs.hold(numberOf)).toBeNull();
  });
});

test('TX-6 after a freeze that was longer than the lease nothing more is written', async () => {
  let now = 1_000;
  const { mine } = rivals(() => now);
  const work = mine.hold(async (lane) => {
    now += leaseMs - 1;
    lane.assertHeld();
    now += 1;
    lane.assertHeld();
  });
  await expect(work).rejects.toThrow(LaneLost);
});

test('TX-6 a lane that somebody else held in between is lost, even where it is ours again', async () => {
  const { name, mine } = rivals(() => 1_000); // a clock on which no lease ever lapses
  const lapse = () =>
    sql(`UPDATE leases SET until = clock_timestamp() - interval '1 s' WHERE name = $1`, [name]);
  await mine.hold(async (lane) => {
    await lapse();
    expect(await takeLease(store, name, randomUUID())).toMatchObject({ number: 2 });
    await lapse();
    await vi.waitFor(() => expect(() => lane.assertHeld()).toThrow(LaneLost), 10_000);
  });
});

test('a lane that is given up is free at once', async () => {
  const { mine, theirs } = rivals();
  await mine.hold(numberOf);
  expect(await theirs.hold(numberOf)).toBeNull();
  await mine.release();
  expect(await theirs.hold(numberOf)).toBe(2);
});

test('work that fails fails its caller, and keeps the lane', async () => {
  const { mine, theirs } = rivals();
  await expect(mine.hold(() => Promise.reject(new Error('no')))).rejects.toThrow('no');
  expect(await theirs.hold(numberOf)).toBeNull();
});

test('a replica has each of its lanes once, and gives all of them up at its end', async () => {
  const names = [randomUUID(), randomUUID()];
  const [mine, theirs] = [createLanes(), createLanes()];
  for (const name of names) expect(await mine.laneOf(store, name).hold(numberOf)).toBe(1);
  expect(mine.laneOf(store, names[0] ?? '')).toBe(mine.laneOf(store, names[0] ?? ''));
  await mine.releaseLanes();
  for (const name of names) expect(await theirs.laneOf(store, name).hold(numberOf)).toBe(2);
});

test('EV-3 a lane that is held goes on under a new number, and is kept under it', async () => {
  const { name, mine, theirs } = rivals();
  await mine.hold(async (lane) => {
    const { number } = lane.lease;
    await lane.renumber();
    expect(lane.lease.number).toBe(number + 1);
    const first = await untilOf(name);
    await expect.poll(() => untilOf(name), { timeout: 10_000 }).toBeGreaterThan(first);
    lane.assertHeld();
    expect(await theirs.hold(numberOf)).toBeNull();
  });
  expect(await mine.hold(numberOf)).toBe(2);
});

test('TX-6 a lane that has lapsed gets no new number', async () => {
  const { name, mine } = rivals();
  await mine.hold(async (lane) => {
    await sql(`UPDATE leases SET holder = $2, number = number + 1 WHERE name = $1`, [name, randomUUID()]);
    await expect(lane.renumber()).rejects.toThrow(LaneLost);
  });
});
