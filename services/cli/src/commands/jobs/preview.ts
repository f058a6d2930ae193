import { fieldErrors, parseInstant, previewTicks, resolveSchedule, scheduleSchema } from '@flotilla/domain';
import type { Command } from 'commander';
import { connectApi } from '../../client/api-client.ts';
import type { JobBody, TickBody } from '../../client/bodies.ts';
import { fieldErrorLine } from '../../client/problem.ts';
import { CommandError } from '../../command-error.ts';
import type { CliContext } from '../../context.ts';
import { previewTable } from '../../output/preview-table.ts';
import { type OutputOptions, print } from '../../output/print.ts';
import { withOutput } from '../output-options.ts';
import { wholeNumber } from '../whole-number.ts';
import { type ScheduleOptions, scheduleFrom, withSchedule } from './schedule-options.ts';

interface PreviewOptions extends ScheduleOptions, OutputOptions {
  readonly from?: string;
  readonly count: number;
}

/** A year of a tick each five minutes. */
const maxCount = 110_000;
const defaultCount = 10;

export function registerJobsPreview(jobs: Command, context: CliContext): void {
  const preview = jobs
    .command('preview')
    .description('the next ticks of a job, or of a schedule that is not yet one')
    .argument('[id]', 'a job; without it, options say the schedule and no server is asked');
  withSchedule(preview)
    .option(
      '--from <time>',
      'ticks after this instant (default: now); without an offset it is read in the zone',
    )
    .option('--count <count>', 'at most so many', wholeNumber(1, maxCount), defaultCount);
  withOutput(preview).action(async (id: string | undefined, options: PreviewOptions) => {
    const { zone, items } =
      id === undefined ? previewSchedule(options, context) : await previewJob(id, options, context);
    print(context, options, { items }, (style) => previewTable(items, zone, style));
  });
}

interface Preview {
  readonly zone: string;
  readonly items: readonly TickBody[];
}

function previewSchedule(options: PreviewOptions, { now }: CliContext): Preview {
  const document = scheduleFrom(options, now());
  if (document === undefined) {
    throw new CommandError('usage', 'name a job, or give one of --cron, --every and --at');
  }
  const parsed = scheduleSchema.safeParse(document);
  if (!parsed.success) {
    const lines = fieldErrors(parsed.error, scheduleSchema, document).map(fieldErrorLine);
    throw new CommandError(
      'usage',
      lines.map((line) => (/^\w+: /.test(line) ? `--${line}` : line)),
    );
  }
  const after = readFrom(options.from, parsed.data.zone) ?? now();
  const ticks = previewTicks(resolveSchedule(parsed.data), after, options.count);
  const items = ticks.map(({ tickAt, local, note }) => ({
    tickAt: new Date(tickAt).toISOString(),
    local,
    note,
  }));
  return { zone: parsed.data.zone, items };
}

async function previewJob(id: string, options: PreviewOptions, context: CliContext): Promise<Preview> {
  if (scheduleFrom(options, context.now()) !== undefined) {
    throw new CommandError('usage', `"${id}" has a schedule of its own: leave the id or the schedule out`);
  }
  const client = await connectApi(context);
  const { schedule } = await client.get<JobBody>(['jobs', id]);
  const zone = schedule?.zone ?? 'UTC';
  const after = readFrom(options.from, zone);
  const query = {
    count: options.count,
    from: after === undefined ? undefined : new Date(after).toISOString(),
  };
  const { items } = await client.get<{ items: readonly TickBody[] }>(['jobs', id, 'preview'], query);
  return { zone, items };
}

function readFrom(text: string | undefined, zone: string): number | undefined {
  if (text === undefined) return undefined;
  const from = parseInstant(text, zone);
  if (from === undefined) {
    throw new CommandError(
      'usage',
      `--from: "${text}" is not an instant: write 2027-03-14T00:00:00Z, or 2027-03-14 in the zone`,
    );
  }
  return from;
}
