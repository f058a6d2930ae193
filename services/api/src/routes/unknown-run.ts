import { z } from 'zod';
import { Problem } from '../problem.ts';

/** Whether the text can be the id of a run at all; Postgres is not asked about others. */
export function isRunId(text: string): boolean {
  return z.uuid().safeParse(text).success;
}

export function unknownRun(id: string): Problem {
  return new Problem(
    'run_not_found',
    `there is no run "${id}": an id is a whole UUID, and GET /api/v1/runs?idEnd=… finds one by its end`,
  );
}
