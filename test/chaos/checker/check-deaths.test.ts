import { expect, test } from 'vitest';
import type { Written } from '../history.ts';
import { check } from './check.ts';
import { at, type Fabricated, fabricate } from './fabricate.ts';

function words(evidence: Fabricated): string[] {
  return check(evidence).violations.map(({ invariant, what }) => `${invariant}: ${what}`);
}

/** Worker `w0` of the seat `worker-1` is declared dead in the second 50. */
function aDeath(...history: readonly Written[]): Fabricated {
  const evidence = fabricate();
  evidence.workers.push({ id: 'w0', pid: 90, state: 'dead', endedAt: at(50) });
  evidence.history.push({ op: 'spawned', seat: 'worker-1', pid: 90, at: at(0) }, ...history);
  return evidence;
}

const fault = (op: 'fault' | 'fault-over', target: string, second: number): Written => ({
  op,
  kind: 'a fault',
  target,
  at: at(second),
});

test('C2 a worker is declared dead that no fault has touched', () => {
  const said = 'C2: worker w0 (worker-1) was declared dead, and no fault had touched it';
  expect(words(aDeath())).toEqual([said]);
  const elsewhere = ['worker-2', 'worker-1 to redis', 'postgres'].map((target) => fault('fault', target, 10));
  expect(words(aDeath(...elsewhere))).toEqual([said]);
  expect(words(aDeath(fault('fault', 'worker-1', 55)))).toEqual([said]);
  expect(words(aDeath(fault('fault', 'worker-1', -30), fault('fault-over', 'worker-1', -20)))).toEqual([
    said,
  ]);
});

test('C2 nothing is said of a death that has a reason', () => {
  const exit = { op: 'exited', seat: 'worker-1', pid: 90, how: 'SIGKILL', isOwn: false } as const;
  expect(words(aDeath({ ...exit, at: at(20) }))).toEqual([]);
  expect(words(aDeath(fault('fault', 'worker-1', 10), fault('fault-over', 'worker-1', 20)))).toEqual([]);
  expect(words(aDeath(fault('fault', 'worker-1 to postgres', 10)))).toEqual([]);
});
