import { setTimeout as sleep } from 'node:timers/promises';
import type { Stage } from '../fleet/stage.ts';
import type { PlannedFault } from './plan-faults.ts';

/**
 * Injects faults at their times, several at once where they break different things. Resolves after `durationMs`, when
 * all is mended; at once where the signal says so.
 */
export async function playFaults(
  stage: Stage,
  planned: readonly PlannedFault[],
  durationMs: number,
  signal: AbortSignal,
): Promise<void> {
  const startedMs = performance.now();
  const until = (atMs: number) =>
    sleep(atMs - (performance.now() - startedMs), undefined, { signal }).catch(() => undefined);
  const broken = new Set<string>();
  const underWay: Promise<void>[] = [];
  for (const fault of planned) {
    await until(fault.atMs);
    if (signal.aborted) return;
    underWay.push(play(stage, fault, broken));
  }
  await until(durationMs);
  await Promise.all(underWay);
}

/** A fault that hits what is broken already is left out. */
async function play(stage: Stage, { kind, chance }: PlannedFault, broken: Set<string>): Promise<void> {
  const { history } = stage;
  const { target, inject } = kind.aim(stage, chance);
  if (broken.has(target)) return;
  broken.add(target);
  history.write({ op: 'fault', kind: kind.name, target });
  try {
    await inject();
    history.write({ op: 'fault-over', kind: kind.name, target });
  } catch (error) {
    // Another fault was faster: what it would have broken is away.
    history.write({ op: 'fault-missed', kind: kind.name, target, why: String(error) });
  } finally {
    broken.delete(target);
  }
}
