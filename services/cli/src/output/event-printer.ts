import type { Event } from '@flotilla/domain';
import type { CliContext } from '../context.ts';
import { eventLine } from './event-line.ts';
import type { OutputOptions } from './print.ts';
import { styleOf } from './style.ts';

/** Prints events as they come, one on each line: in words, or as JSON where that is asked for. */
export function eventPrinter(context: CliContext, options: OutputOptions): (event: Event) => void {
  const { json = false, utc = false } = options;
  const colour = styleOf(context, options).colours.isColorSupported;
  return (event) =>
    void context.stdout.write(`${json ? JSON.stringify(event) : eventLine(event, { colour, utc })}\n`);
}
