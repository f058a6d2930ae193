import type { Event } from '@flotilla/domain';
import type { WhyBody } from '../client/bodies.ts';
import { eventWords, paintEvent } from './event-words.ts';
import { instantWords } from './instant-words.ts';
import { shortId } from './short-id.ts';
import { paintState, stateWithReason } from './state-words.ts';
import type { Style } from './style.ts';
import { type Column, details, table } from './table.ts';

/** What became of a moment of a job, on one screen: why, and what happened when. */
export function whyLines(why: WhyBody, style: Style): string[] {
  const { run, revision, because } = why;
  const { colours } = style;
  return [
    ...details(
      [
        ['job', `${colours.bold(why.job)}${revision === null ? '' : ` (revision ${revision.revision})`}`],
        [
          'moment',
          `${instantWords(why.at, style)}${why.found === 'before' ? ', told is the last before it' : ''}`,
        ],
        ['why', because.join('\n')],
        ['run', run === null ? null : run.id],
        ['tick', run === null || run.tickAt === null ? null : tickWords(run.tickAt, run.tickUntil, style)],
        ['state', run === null ? null : paintState(stateWithReason(run), run.state, colours)],
        ['followed by', run === null ? null : childrenWords(why, style)],
      ],
      style,
    ),
    ...(run === null ? [] : ['', ...timeline(why, style)]),
  ];
}

function tickWords(tickAt: string, tickUntil: string | null, style: Style): string {
  return tickUntil === null
    ? instantWords(tickAt, style)
    : `${instantWords(tickAt, style)} to ${instantWords(tickUntil, style)}`;
}

function childrenWords({ run }: WhyBody, { colours }: Style): string | null {
  const lines = (run?.children ?? []).map(
    ({ id, job, state }) => `${shortId(id)} ${job} ${paintState(state.replaceAll('_', ' '), state, colours)}`,
  );
  return lines.length === 0 ? null : lines.join('\n');
}

/** Something that happened to the run. */
interface Moment {
  readonly at: string;
  readonly words: string;
  /** What the ledger tells, where it tells it; hand-outs and processes are told by attempts. */
  readonly event: Event | null;
}

function timeline(why: WhyBody, style: Style): string[] {
  const { colours } = style;
  const moments = [...why.events.map((event) => told(event, why)), ...fromAttempts(why)].sort(
    (left, right) => Date.parse(left.at) - Date.parse(right.at),
  );
  const dueAt = Date.parse(firstDue(why));
  const columns: Column<Moment>[] = [
    { title: 'WHEN', cell: ({ at }) => `${instantWords(at, style)}.${at.slice(20, 23)}` },
    {
      title: 'FROM DUE',
      cell: ({ at }) => secondsFrom(dueAt, Date.parse(at)),
      align: 'right',
      paint: colours.dim,
      dropOrder: 1,
    },
    {
      title: 'WHAT',
      cell: ({ words }) => words,
      paint: (text, { event }) => (event === null ? text : paintEvent(text, event, colours)),
      least: 20,
    },
  ];
  return table(moments, columns, { style, empty: 'what happened to it is not kept any more' });
}

/** The first start says when it was due; a retry has moved what the row says. */
function firstDue({ events, run }: WhyBody): string {
  const started = events.find((event) => event.type === 'run.started');
  return started?.entity === 'run' ? started.data.dueAt : (run?.dueAt ?? '');
}

function told(event: Event, { workers }: WhyBody): Moment {
  const words = eventWords(event);
  const worker = event.entity === 'run' ? workers.find(({ id }) => id === event.data.worker) : undefined;
  const by =
    event.type !== 'run.started' || worker === undefined
      ? ''
      : ` by ${worker.host} (worker ${shortId(worker.id)}, pid ${worker.pid})`;
  return { at: event.at, words: `${words}${by}`, event };
}

function fromAttempts({ run }: WhyBody): Moment[] {
  return (run?.attempts ?? []).flatMap(({ number, handedOutAt, spawnedAt }) => {
    const which = number > 1 ? ` for attempt ${number}` : '';
    return [
      ...(handedOutAt === null ? [] : [{ at: handedOutAt, words: `handed out${which}`, event: null }]),
      ...(spawnedAt === null ? [] : [{ at: spawnedAt, words: `its turn begun${which}`, event: null }]),
    ];
  });
}

/** `+0.012 s`, `-59.8 s`. */
function secondsFrom(dueAt: number, at: number): string {
  const seconds = (at - dueAt) / 1_000;
  const digits = Math.abs(seconds) < 10 ? 3 : 1;
  return `${seconds < 0 ? '' : '+'}${seconds.toFixed(digits)} s`;
}
