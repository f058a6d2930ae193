import { defaultPool } from '@flotilla/domain';
import type { AttemptBody, RunDetailBody } from '../client/bodies.ts';
import { instantWords } from './instant-words.ts';
import { printable } from './printable.ts';
import { lastLines, tookMs } from './run-ending.ts';
import { shortId } from './short-id.ts';
import { distanceWords, spanWords } from './span-words.ts';
import { paintState, stateWithReason } from './state-words.ts';
import type { Style } from './style.ts';
import { type Column, details, table } from './table.ts';
import { usageWords } from './usage-words.ts';

/** Lines of each stream that are shown; `runs logs` has the rest. */
const shownLines = 20;

/** A run in full: the row, its attempts, the end of what the last one wrote. */
export function runDetails(run: RunDetailBody, style: Style): string[] {
  const last = run.attempts.at(-1);
  return [
    ...row(run, style),
    ...(run.attempts.length === 0 ? [] : ['', ...attemptsTable(run, style)]),
    ...(last === undefined ? [] : outputs(last, style)),
  ];
}

function row(run: RunDetailBody, style: Style): string[] {
  const { colours, now } = style;
  const took = tookMs(run);
  const due = Date.parse(run.dueAt);
  const lateMs = run.startedAt === null ? 0 : Date.parse(run.startedAt) - due;
  return details(
    [
      ['run', colours.bold(run.id)],
      ['job', `${run.job} (revision ${run.revision})`],
      ['state', paintState(stateWithReason(run), run.state, colours)],
      ['waits for', waitWords(run)],
      ['start by', run.startBy === null || run.startedAt !== null ? null : instantWords(run.startBy, style)],
      ['cause', causeWords(run)],
      ['retry of', run.retryOf === null ? null : `run ${run.retryOf}`],
      ['tick', run.tickAt === null ? null : tickWords(run, style)],
      ['due', `${instantWords(run.dueAt, style)}${due > now ? ` (${distanceWords(due, now)})` : ''}`],
      [
        'started',
        run.startedAt === null
          ? null
          : `${instantWords(run.startedAt, style)}${latenessWords(lateMs, run.attempt)}`,
      ],
      [
        'settled',
        run.settledAt === null
          ? null
          : `${instantWords(run.settledAt, style)}${took === null ? '' : ` after ${spanWords(took)}`}`,
      ],
      ['pool', run.pool === defaultPool ? null : run.pool],
      ['priority', run.priority === 0 ? null : String(run.priority)],
      ['failures', run.failures === 0 ? null : String(run.failures)],
      ['losses', run.losses === 0 ? null : String(run.losses)],
      ['usage', usagesWords(run)],
      ['children', childrenWords(run, style)],
    ],
    style,
  );
}

/** What keeps a blocked run from starting. */
function waitWords({ blockedBy, job, pool }: RunDetailBody): string | null {
  switch (blockedBy) {
    case 'overlap':
      return `the runs of ${job} before it`;
    case 'pool':
      return `room in the pool ${pool}`;
    case null:
      return null;
  }
}

function causeWords({ cause, parents, key }: RunDetailBody): string {
  const ids = parents.map(shortId).join(', ');
  if (cause === 'parent') return parents.length === 1 ? `parent, run ${ids}` : `parents, runs ${ids}`;
  return cause === 'manual' ? `manual, key ${key}` : cause;
}

function tickWords({ tickAt, tickUntil, tickCount }: RunDetailBody, style: Style): string {
  if (tickUntil === null) return instantWords(tickAt, style);
  return `${instantWords(tickAt, style)} to ${instantWords(tickUntil, style)} (${tickCount} ticks)`;
}

/** After a retry the due time is the new one, and says nothing of the first start. */
function latenessWords(lateMs: number, attempt: number): string {
  return attempt > 1 || lateMs < 0 ? '' : ` (${lateMs} ms after it was due)`;
}

/** What the answers of an agent's tries have cost. */
function usagesWords({ attempts }: RunDetailBody): string | null {
  const lines = attempts.flatMap(({ number, usage }) =>
    usage === null ? [] : [`${attempts.length === 1 ? '' : `try ${number}: `}${usageWords(usage)}`],
  );
  return lines.length === 0 ? null : lines.join('\n');
}

function childrenWords({ children }: RunDetailBody, { colours }: Style): string | null {
  const lines = children.map(
    ({ id, job, state }) => `${shortId(id)} ${job} ${paintState(state.replaceAll('_', ' '), state, colours)}`,
  );
  return lines.length === 0 ? null : lines.join('\n');
}

function attemptsTable({ attempts }: RunDetailBody, style: Style): string[] {
  const { colours, now } = style;
  const columns: Column<AttemptBody>[] = [
    { title: 'TRY', cell: ({ number }) => String(number), align: 'right' },
    { title: 'STARTED', cell: ({ startedAt }) => instantWords(startedAt, style) },
    { title: 'TOOK', cell: (attempt) => attemptTook(attempt, now), align: 'right' },
    {
      title: 'OUTCOME',
      cell: outcomeWords,
      paint: (text, attempt) => paintOutcome(text, attempt, style),
      least: 12,
    },
    { title: 'WORKER', cell: ({ worker }) => shortId(worker), paint: colours.dim, dropOrder: 1 },
  ];
  return table(attempts, columns, { style, empty: '' });
}

function attemptTook({ startedAt, endedAt }: AttemptBody, now: number): string {
  if (endedAt === null) return `${spanWords(now - Date.parse(startedAt))}…`;
  return spanWords(Date.parse(endedAt) - Date.parse(startedAt));
}

/** What was seen of the turn, in words: `exit code 1`, `signal SIGKILL`, `gateway: it answered 503`. */
function outcomeWords({ outcome, exitCode, signal, message }: AttemptBody): string {
  const because = message === null ? '' : `: ${message}`;
  if (outcome === null) return 'under way';
  if (outcome === 'exited') return `exit code ${exitCode}`;
  if (outcome === 'signalled') return `signal ${signal}`;
  return `${outcome.replaceAll('_', ' ')}${because}`;
}

function paintOutcome(text: string, { outcome, exitCode }: AttemptBody, { colours }: Style): string {
  if (outcome === null) return colours.cyan(text);
  const isGood = outcome === 'answered' || (outcome === 'exited' && exitCode === 0);
  return isGood ? colours.green(text) : colours.red(text);
}

function outputs({ stdout, stderr, outputPruned }: AttemptBody, { colours }: Style): string[] {
  if (outputPruned) return ['', colours.dim('what it wrote is not kept any more')];
  return [
    { name: 'stdout', text: stdout },
    { name: 'stderr', text: stderr },
  ].flatMap(({ name, text }) => {
    const lines = lastLines(printable(text), shownLines);
    return lines.length === 0 ? [] : ['', colours.dim(name), ...lines];
  });
}
