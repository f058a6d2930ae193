import { type ConditionDocument, defaultPool } from '@flotilla/domain';
import type { JobBody } from '../client/bodies.ts';
import { instantWords } from './instant-words.ts';
import { tickWords } from './next-tick-words.ts';
import { pauseWords } from './pause-words.ts';
import { printable } from './printable.ts';
import { scheduleWords } from './schedule-words.ts';
import type { Style } from './style.ts';
import { details } from './table.ts';
import { turnRows } from './turn-rows.ts';

/** A job in full. Policies at their defaults are left out: what is shown was meant. */
export function jobDetails(job: JobBody, style: Style): string[] {
  const { id, name, description, tags, turn, after, schedule, revision, changedAt } = job;
  return details(
    [
      ['job', style.colours.bold(id)],
      ['name', name === id ? null : printable(name)],
      ['about', description === undefined ? null : printable(description)],
      ['tags', tags.length === 0 ? null : tags.join(', ')],
      ['runs', scheduleWords({ schedule, after })],
      ['state', stateWords(job, style)],
      ['paused', job.paused === null ? null : colouredPause(job.paused, style)],
      ['next', job.nextTickAt === null ? null : tickWords(job.nextTickAt, style)],
      ['gap, fold', schedule?.cron === undefined ? null : `${schedule.gap}, ${schedule.fold}`],
      ['window', windowWords(schedule)],
      ['spread', schedule === undefined || schedule.spread === '0s' ? null : schedule.spread],
      ['catch up', schedule === undefined ? null : catchUpWords(schedule.catchUp)],
      ['when', after?.when === undefined ? null : conditionWords(after.when)],
      ['delay', after === undefined || after.delay === '0s' ? null : after.delay],
      ...turnRows(turn),
      ['retry', retryWords(job.retry)],
      ['overlap', job.overlap === 'queue' ? `queue, at most ${job.backlog}` : job.overlap],
      ['pool', job.pool === defaultPool ? null : job.pool],
      ['priority', job.priority === 0 ? null : String(job.priority)],
      ['start within', job.startWithin ?? null],
      ['guarantee', job.guarantee],
      ['changed', `${instantWords(changedAt, style)} (revision ${revision})`],
    ],
    style,
  );
}

function conditionWords({ contains, matches }: ConditionDocument): string {
  const [verb, text = ''] = contains === undefined ? ['matches', matches] : ['contains', contains];
  return `its output ${verb} ${printable(text)}`;
}

function stateWords({ enabled, blockedWhy }: JobBody, { colours }: Style): string {
  if (!enabled) return colours.yellow('disabled');
  return blockedWhy === null ? colours.green('enabled') : colours.red(`blocked: ${printable(blockedWhy)}`);
}

function colouredPause(paused: NonNullable<JobBody['paused']>, style: Style): string {
  return style.colours.yellow(pauseWords(paused, style));
}

function windowWords(schedule: JobBody['schedule']): string | null {
  const from = schedule?.from === undefined ? [] : [`from ${schedule.from}`];
  const until = schedule?.until === undefined ? [] : [`until ${schedule.until}`];
  const words = [...from, ...until].join(' ');
  return words === '' ? null : words;
}

function catchUpWords({ policy, window, limit, pace }: NonNullable<JobBody['schedule']>['catchUp']): string {
  const within = window === undefined ? '' : `, not older than ${window}`;
  return `${policy}${policy === 'all' ? `, at most ${limit}, ${pace} apart` : ''}${within}`;
}

function retryWords({ attempts, delay, factor, max, on }: JobBody['retry']): string {
  if (attempts === 1) return 'none';
  return `${attempts} tries, ${delay} apart, each pause × ${factor} up to ${max}, on ${on.join(', ')}`;
}
