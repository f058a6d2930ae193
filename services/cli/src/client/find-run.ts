import { isSettled } from '@flotilla/domain';
import { CommandError } from '../command-error.ts';
import type { ApiClient } from './api-client.ts';
import type { Page, RunBody } from './bodies.ts';

const wholeId = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const idEnd = /^[0-9a-f-]{4,36}$/i;

/** A job's newest runs that are looked through for one that is not merely planned: more than a minute's of every second. */
const newestLookedAt = 200;

/** The id of the run that users mean: a whole id, the end of one, or a job, for the latest of its runs. */
export async function findRunId(client: ApiClient, text: string): Promise<string> {
  if (wholeId.test(text)) return text.toLowerCase();
  const run = (await runByEnd(client, text)) ?? (await latestRun(client, text));
  if (run !== null) return run.id;
  throw new CommandError(
    'notFound',
    `"${text}" is neither the id of a run, nor the end of one, nor a job with runs: flotilla runs list shows them`,
  );
}

async function runByEnd(client: ApiClient, text: string): Promise<RunBody | null> {
  if (!idEnd.test(text)) return null;
  const { items } = await client.get<Page<RunBody>>(['runs'], { idEnd: text.toLowerCase() });
  if (items.length > 1) {
    const some = items.map(({ id, job }) => `${id} (${job})`).join(', ');
    throw new CommandError('usage', `"${text}" ends the ids of several runs: give more of one of ${some}`);
  }
  return items[0] ?? null;
}

/** What has begun counts before what is planned: the next minute of a schedule is in the ledger already. */
async function latestRun(client: ApiClient, job: string): Promise<RunBody | null> {
  const { items } = await client.get<Page<RunBody>>(['runs'], { job, limit: newestLookedAt });
  return items.find(hasBegun) ?? items.at(-1) ?? null;
}

function hasBegun({ state, startedAt }: RunBody): boolean {
  return startedAt !== null || isSettled(state);
}
