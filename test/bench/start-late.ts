import type { BenchFleet } from './fleet.ts';

interface Run {
  readonly id: string;
  readonly dueAt: string;
  readonly startedAt: string | null;
  readonly settledAt: string | null;
}

const lookEveryMs = 500;

/**
 * Creates `count` jobs whose `at` lie `apartMs` apart, `aheadMs` from now on, waits until all of them are settled, and
 * returns how late each started: due → claim, in milliseconds, both by the database's clock.
 */
export async function startLate(
  fleet: BenchFleet,
  { name, count, apartMs, aheadMs }: { name: string; count: number; apartMs: number; aheadMs: number },
): Promise<number[]> {
  const firstAt = Date.now() + aheadMs;
  const ids = Array.from({ length: count }, (_, index) => `${name}-${index}`);
  await Promise.all(
    ids.map((id, index) =>
      fleet.call('PUT', `/api/v1/jobs/${id}`, {
        schedule: { at: new Date(firstAt + index * apartMs).toISOString() },
        turn: { argv: ['true'] },
      }),
    ),
  );
  const lateMs: number[] = [];
  for (const id of ids) lateMs.push(lateness(await settledRun(fleet, id)));
  return lateMs;
}

async function settledRun(fleet: BenchFleet, id: string): Promise<Run> {
  for (;;) {
    const { items } = (await fleet.call('GET', `/api/v1/runs?job=${id}`)) as { items: Run[] };
    const [run] = items;
    if (run !== undefined && run.settledAt !== null) return run;
    await new Promise((resolve) => setTimeout(resolve, lookEveryMs));
  }
}

function lateness({ id, dueAt, startedAt }: Run): number {
  if (startedAt === null) throw new Error(`run ${id} ended without a start`);
  return Date.parse(startedAt) - Date.parse(dueAt);
}
