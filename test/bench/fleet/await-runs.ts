import { setTimeout as sleep } from 'node:timers/promises';
import { waitFor } from '../../support/wait-for.ts';
import { ask } from './ask.ts';
import type { Fleet } from './fleet.ts';

const lookEveryMs = 100;

/** By the index of what is open: the question is not to cost more than the runs. */
const hasOpen = `SELECT EXISTS (
  SELECT 1 FROM jobs j JOIN runs r ON r.job_id = j.id
  WHERE j.slug = ANY ($1) AND r.state IN ('queued', 'running', 'blocked', 'awaiting_approval')) AS open`;

/** Waits until no run of the jobs is open. */
export async function awaitSettled(fleet: Fleet, jobs: readonly string[], withinMs = 180_000): Promise<void> {
  await waitFor(
    'every run to be settled',
    async () => (await ask<{ open: boolean }>(fleet, hasOpen, jobs))[0]?.open === false,
    { withinMs, everyMs: 250 },
  );
}

/** Waits until all that is queued was handed to BullMQ; false where that was not before `dueAt`. */
export async function awaitHandedOut(fleet: Fleet, dueAt: number): Promise<boolean> {
  const waiting = `SELECT EXISTS (SELECT 1 FROM runs WHERE state = 'queued' AND handed_out_at IS NULL) AS waiting`;
  while (Date.now() < dueAt) {
    if ((await ask<{ waiting: boolean }>(fleet, waiting))[0]?.waiting === false) return true;
    await sleep(lookEveryMs);
  }
  return false;
}
