import type { RunState } from '@flotilla/domain';
import type { Colours } from './style.ts';

/** `timed_out` as people write it: `timed out`. */
export function stateWords(state: RunState): string {
  return state.replaceAll('_', ' ');
}

/** The state with its reason: `failed: exit_code`. Reasons stay as they are typed: `runs list --reason exit_code`. */
export function stateWithReason({ state, reason }: { state: RunState; reason: string | null }): string {
  return reason === null ? stateWords(state) : `${stateWords(state)}: ${reason}`;
}

/** Green went well, red went wrong, yellow was not run or waits for somebody, cyan is under way. */
export function paintState(text: string, state: RunState, colours: Colours): string {
  switch (state) {
    case 'succeeded':
      return colours.green(text);
    case 'failed':
    case 'timed_out':
    case 'interrupted':
      return colours.red(text);
    case 'cancelled':
    case 'skipped':
    case 'missed':
    case 'expired':
    case 'blocked':
    case 'awaiting_approval':
      return colours.yellow(text);
    case 'running':
      return colours.cyan(text);
    case 'queued':
      return colours.dim(text);
  }
}
