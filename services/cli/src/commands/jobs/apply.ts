import { jobSchema } from '@flotilla/domain';
import type { Command } from 'commander';
import { type ApiClient, connectApi } from '../../client/api-client.ts';
import type { JobBody, PutJobBody } from '../../client/bodies.ts';
import { ProblemError } from '../../client/problem.ts';
import { CommandError } from '../../command-error.ts';
import type { CliContext } from '../../context.ts';
import { changedPaths } from '../../job-files/changed-paths.ts';
import type { FileJob } from '../../job-files/check-jobs.ts';
import { type AppliedJob, applyLine, applySummary, idColumns } from '../../output/apply-words.ts';
import type { OutputOptions } from '../../output/print.ts';
import { styleOf } from '../../output/style.ts';
import { withOutput } from '../output-options.ts';

interface ApplyOptions extends OutputOptions {
  readonly file: readonly string[];
}

export function registerJobsApply(jobs: Command, context: CliContext): void {
  const apply = jobs
    .command('apply')
    .description('create and change jobs as files say; what is as it says stays as it is')
    .requiredOption('-f, --file <file...>', 'TOML, YAML or JSON; - is stdin');
  withOutput(apply).action(async (options: ApplyOptions) => {
    const { loadJobs } = await import('../../job-files/load-jobs.ts');
    const fileJobs = await loadJobs(options.file, context);
    const client = await connectApi(context);
    const style = styleOf(context, options);
    const width = idColumns(fileJobs);
    const items: AppliedJob[] = [];
    for (const job of fileJobs) {
      const applied = await applyJob(client, job).catch((error: unknown) => {
        throw atJob(error, job, items.length, fileJobs.length);
      });
      items.push(applied);
      if (options.json !== true) context.stdout.write(`${applyLine(applied, width, style)}\n`);
    }
    const end = options.json === true ? JSON.stringify({ items }, null, 2) : applySummary(items, style);
    context.stdout.write(`${end}\n`);
  });
}

async function applyJob(client: ApiClient, { file, document }: FileJob): Promise<AppliedJob> {
  const { id } = document;
  const before = await client.find<JobBody>(['jobs', id]);
  const { body } = await client.send<PutJobBody>('PUT', ['jobs', id], { body: document });
  const changed = body.change === 'changed' ? changedPaths(documentOf(before), documentOf(body)) : [];
  return { id, file, change: body.change, revision: body.revision, changed };
}

const documentFields: ReadonlySet<string> = new Set(Object.keys(jobSchema.in.shape));

/** A job without what the server adds to its document. */
function documentOf(job: JobBody | null): object {
  return Object.fromEntries(Object.entries(job ?? {}).filter(([field]) => documentFields.has(field)));
}

/** What the server refuses of a file is said as if the file had been checked for it. */
function atJob(error: unknown, { file, document }: FileJob, done: number, all: number): unknown {
  if (!(error instanceof ProblemError) || error.status === 401) return error;
  const rest = done === 0 ? 'nothing was changed' : `${done} of ${all} jobs were applied before it`;
  const lines = error.message.split('\n').map((line) => `${file}: job "${document.id}": ${line}`);
  return new CommandError(error.reason, [...lines, rest], { cause: error });
}
