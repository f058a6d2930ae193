import type { Verdict } from '@flotilla/queue';
import type { SettleResult } from '@flotilla/storage';

const done: Verdict = { kind: 'done' };

/** What those who look at the queue see of a message whose turn has ended. What follows from the end is the ledger's. */
export function verdictOf(result: SettleResult): Verdict {
  switch (result.kind) {
    case 'settled':
      return wentWrong(result.state) ? failed(`${result.state}: ${result.reason}`) : done;
    case 'requeued':
      return failed('the run is queued again');
    case 'accepted':
    case 'stale':
    case 'refused':
      return done;
  }
}

type SettledState = Extract<SettleResult, { kind: 'settled' }>['state'];

/** As far as triggers tell it: what was cancelled did as it was told. */
function wentWrong(state: SettledState): boolean {
  return state === 'failed' || state === 'timed_out' || state === 'interrupted';
}

function failed(why: string): Verdict {
  return { kind: 'failed', why };
}
