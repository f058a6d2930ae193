import { toldSkewMs } from '@flotilla/domain';
import type { WorkerBody } from '../client/bodies.ts';
import { plain } from './printable.ts';
import { shortId } from './short-id.ts';
import { distanceWords, spanWords } from './span-words.ts';
import type { Style } from './style.ts';
import { table } from './table.ts';

/** A line for each worker; below them, who found that one is dead, and why. */
export function workersTable(workers: readonly WorkerBody[], style: Style): string[] {
  const { colours, now } = style;
  const lines = table(
    workers,
    [
      { title: 'WORKER', cell: ({ id }) => shortId(id) },
      {
        title: 'STATE',
        cell: stateWords,
        paint: (text, { state }) => paintWorker(text, state, style),
      },
      { title: 'BUSY', cell: ({ inHand, slots }) => `${inHand} of ${slots}` },
      { title: 'HOST', cell: ({ host }) => host, least: 10 },
      { title: 'PID', cell: ({ pid }) => String(pid), align: 'right', dropOrder: 2 },
      { title: 'BEAT', cell: ({ beatAt }) => distanceWords(Date.parse(beatAt), now) },
      { title: 'CLOCK', cell: ({ skewMs }) => skewWords(skewMs), paint: colours.yellow, dropOrder: 0 },
      { title: 'POOLS', cell: ({ pools }) => pools.join(', '), least: 8, dropOrder: 1 },
      { title: 'VERSION', cell: ({ version }) => version, paint: colours.dim, dropOrder: 3 },
    ],
    { style, empty: 'no workers: flotilla start worker' },
  );
  const deaths = workers.filter(({ state }) => state === 'dead').map((worker) => deathLine(worker, style));
  return deaths.length === 0 ? lines : [...lines, '', ...deaths];
}

function stateWords({ state, death }: WorkerBody): string {
  return death === null ? state : `${state} by ${death}`;
}

/** `4.0 s ahead`; nothing where the clock is right. */
function skewWords(skewMs: number): string {
  if (Math.abs(skewMs) < toldSkewMs) return '';
  return `${spanWords(Math.abs(skewMs))} ${skewMs < 0 ? 'behind' : 'ahead'}`;
}

function deathLine({ id, endedAt, endedWhy }: WorkerBody, { colours, now }: Style): string {
  const when = endedAt === null ? '' : ` ${distanceWords(Date.parse(endedAt), now)}`;
  return `${shortId(id)} died${when}: ${colours.dim(plain(endedWhy ?? 'no reason recorded'))}`;
}

function paintWorker(text: string, state: WorkerBody['state'], { colours }: Style): string {
  switch (state) {
    case 'alive':
      return colours.green(text);
    case 'draining':
      return colours.yellow(text);
    case 'dead':
      return colours.red(text);
    case 'left':
      return colours.dim(text);
  }
}
