import type { FanOut } from '../live/fan-out.ts';
import type { TailLine } from './follow-log.ts';
import type { LogTails } from './log-tails.ts';

/** What this process hears of a run: pieces of its log, and the facts that may end it. */
export function tailLine(fanOut: FanOut, tails: Pick<LogTails, 'join' | 'isLive'>): TailLine {
  return {
    isLive: tails.isLive,
    listen(runId, { piece, runChanged, lineChanged }) {
      const leaveTails = tails.join(runId, { piece, lineChanged });
      const leaveEvents = fanOut.join(
        {
          send({ event }) {
            if (event.entity === 'run' && event.data.run === runId) runChanged();
          },
          reset: runChanged,
        },
        null,
      );
      return () => {
        leaveTails();
        leaveEvents?.();
      };
    },
  };
}
