import type { Page, RunBody } from '../client/bodies.ts';
import { instantWords } from './instant-words.ts';
import { moreLine } from './more-line.ts';
import { tookMs } from './run-ending.ts';
import { shortId } from './short-id.ts';
import { distanceWords, spanWords } from './span-words.ts';
import { paintState, stateWithReason } from './state-words.ts';
import type { Style } from './style.ts';
import { type Column, table } from './table.ts';

export function runsTable({ items, next }: Page<RunBody>, style: Style): string[] {
  const lines = table(items, columns(style), { style, empty: 'no runs' });
  return [...lines, ...moreLine(items.length, next, style)];
}

function columns(style: Style): Column<RunBody>[] {
  const { colours } = style;
  return [
    { title: 'RUN', cell: ({ id }) => shortId(id) },
    { title: 'JOB', cell: ({ job }) => job, least: 14 },
    {
      title: 'STATE',
      cell: stateCell,
      paint: (text, { state }) => paintState(text, state, colours),
      least: 24,
    },
    { title: 'DUE', cell: ({ dueAt }) => instantWords(dueAt, style) },
    { title: 'TOOK', cell: (run) => tookCell(run, style), align: 'right', dropOrder: 1 },
    {
      title: 'TRY',
      cell: ({ attempt }) => (attempt === 0 ? '' : String(attempt)),
      align: 'right',
      dropOrder: 2,
    },
    { title: 'CAUSE', cell: ({ cause }) => cause, paint: colours.dim, dropOrder: 3 },
  ];
}

/** `blocked: pool` tells what it waits for. A range row stands for many ticks. */
function stateCell(run: RunBody): string {
  const { state, reason, blockedBy } = run;
  return `${stateWithReason({ state, reason: reason ?? blockedBy })}${run.tickCount > 1 ? ` × ${run.tickCount}` : ''}`;
}

function tookCell(run: RunBody, { now }: Style): string {
  const took = tookMs(run);
  if (took !== null) return spanWords(took);
  if (run.state === 'running' && run.startedAt !== null)
    return `${spanWords(now - Date.parse(run.startedAt))}…`;
  return run.state === 'queued' && Date.parse(run.dueAt) > now
    ? distanceWords(Date.parse(run.dueAt), now)
    : '';
}
