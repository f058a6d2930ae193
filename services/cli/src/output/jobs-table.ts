import type { JobBody, Page } from '../client/bodies.ts';
import { instantWords } from './instant-words.ts';
import { moreLine } from './more-line.ts';
import { scheduleWords } from './schedule-words.ts';
import { distanceWords } from './span-words.ts';
import type { Style } from './style.ts';
import { type Column, table } from './table.ts';

export function jobsTable({ items, next }: Page<JobBody>, style: Style): string[] {
  const lines = table(items, columns(style), { style, empty: 'no jobs yet: flotilla jobs add --help' });
  return [...lines, ...moreLine(items.length, next, style)];
}

function columns(style: Style): Column<JobBody>[] {
  const { colours, now } = style;
  return [
    { title: 'ID', cell: ({ id }) => id, least: 16 },
    { title: 'STATE', cell: stateOf, paint: (text, job) => paintState(text, job, style) },
    { title: 'SCHEDULE', cell: scheduleWords, least: 24, dropOrder: 1 },
    { title: 'NEXT', cell: ({ nextTickAt }) => instantWords(nextTickAt, style), dropOrder: 2 },
    {
      title: '',
      cell: ({ nextTickAt }) => (nextTickAt === null ? '' : distanceWords(Date.parse(nextTickAt), now)),
      paint: colours.dim,
      dropOrder: 3,
    },
    { title: 'REV', cell: ({ revision }) => String(revision), align: 'right', dropOrder: 4 },
    {
      title: 'NAME',
      cell: ({ id, name }) => (name === id ? '' : name),
      paint: colours.dim,
      least: 12,
      dropOrder: 5,
    },
  ];
}

function stateOf({ enabled, blockedWhy, paused }: JobBody): string {
  if (!enabled) return 'disabled';
  if (blockedWhy !== null) return 'blocked';
  return paused === null ? 'enabled' : 'paused';
}

function paintState(text: string, job: JobBody, { colours }: Style): string {
  if (!job.enabled) return colours.yellow(text);
  if (job.blockedWhy !== null) return colours.red(text);
  return job.paused === null ? colours.green(text) : colours.yellow(text);
}
