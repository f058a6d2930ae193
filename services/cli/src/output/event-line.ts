import type { Event } from '@flotilla/domain';
import pc from 'picocolors';
import { cut, pad } from './display-width.ts';
import { eventWords, paintEvent } from './event-words.ts';
import { timeWords } from './instant-words.ts';
import { plain } from './printable.ts';
import { shortId } from './short-id.ts';
import { localZone } from './style.ts';

/** Cells of the columns: with the time, a short id and the gaps they make 80. */
const jobColumns = 20;
const wordColumns = 38;

/** One event on one line: time, job or kind of alarm, what happened in words, and the end of the run's id. */
export function eventLine(event: Event, { colour, utc }: { colour: boolean; utc: boolean }): string {
  const colours = pc.createColors(colour);
  const words = plain(eventWords(event));
  const time = timeWords(event.at, { zone: utc ? 'UTC' : localZone() });
  const topic = event.entity === 'alarm' ? event.data.kind : event.data.job;
  const start = `${colours.dim(time)}  ${pad(cut(plain(topic), jobColumns), jobColumns)}  `;
  const painted = paintEvent(words, event, colours);
  if (event.entity !== 'run') return `${start}${painted}`;
  const space = ' '.repeat(Math.max(0, wordColumns - words.length));
  return `${start}${painted}${space}  ${colours.dim(shortId(event.data.run))}`;
}
