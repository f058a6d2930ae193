import type { Evidence, RunRow } from '../evidence/evidence.ts';
import { groupBy } from './group-by.ts';
import type { Violation } from './violation.ts';

/** The sink's clock goes in steps of 10 ms, and is compared with another. */
const clockMs = 50;

interface Change {
  readonly at: number;
  readonly runId: string;
  /** 1: a turn begins, -1: it was last seen. */
  readonly by: 1 | -1;
}

/** C2, GA-1: in a pool with a cap no more turns are at work at once. */
export function checkRooms({ marks, runs, pools }: Evidence): Violation[] {
  const poolOf = new Map(runs.map((run: RunRow) => [run.id, run.pool]));
  const own = marks.filter((mark) => 'place' in mark);
  const turns = [...groupBy(own, ({ runId, attempt }) => `${runId} ${attempt}`).values()].flatMap((seen) => {
    const times = seen.map(({ at }) => at);
    const runId = seen[0]?.runId ?? '';
    return { runId, pool: poolOf.get(runId), from: Math.min(...times), to: Math.max(...times) - clockMs };
  });
  return pools.flatMap(({ name, capacity }) => {
    if (capacity === null) return [];
    const changes = turns
      .filter(({ pool, from, to }) => pool === name && from < to)
      .flatMap(({ runId, from, to }): Change[] => [
        { at: from, runId, by: 1 },
        { at: to, runId, by: -1 },
      ]);
    const crowded = firstCrowd(changes, capacity);
    if (crowded === null) return [];
    const what = `pool ${name} has room for ${capacity}: run ${crowded.runId} made it ${crowded.atWork} at work`;
    return [{ invariant: 'C2', subject: crowded.runId, what }];
  });
}

/** What ends at an instant leaves before what begins at it. */
function firstCrowd(changes: readonly Change[], capacity: number): { runId: string; atWork: number } | null {
  let atWork = 0;
  for (const { runId, by } of [...changes].sort((left, right) => left.at - right.at || left.by - right.by)) {
    atWork += by;
    if (atWork > capacity) return { runId, atWork };
  }
  return null;
}
