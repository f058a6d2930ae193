import { setImmediate } from 'node:timers/promises';
import { type Condition, conditionHolds, storableText, type TurnReport } from '@flotilla/domain';
import type { AttemptEnd } from './attempt-end.ts';
import type { Heirs } from './heirs.ts';

/** What a trigger wants to find in the output of its parent, as its row has it. */
export interface ConditionRow {
  readonly contains: string | null;
  readonly matches: string | null;
}

/** Whether an end's output has what a trigger wants to find. */
export type Holds = (when: ConditionRow, end: AttemptEnd) => boolean;

/**
 * Searches the outputs of ends before they are settled, for all that their jobs' children want to find: under the locks of
 * the settle nothing is left to search but what an edit has changed meanwhile. A search takes up to 100 ms; between two of
 * them others have their turn.
 */
export async function searchOutputs(ends: readonly AttemptEnd[], heirs: Heirs): Promise<Holds> {
  const found = new Map<TurnReport, Map<string, boolean>>();
  const holds: Holds = (when, { report }) => {
    const condition = toCondition(when);
    if (condition === null) return true;
    const ofReport = found.get(report) ?? new Map<string, boolean>();
    found.set(report, ofReport);
    const name = `${condition.kind} ${condition.text}`;
    const answer = ofReport.get(name) ?? conditionHolds(condition, outputOf(report));
    ofReport.set(name, answer);
    return answer;
  };
  for (const end of ends) {
    for (const when of heirs.get(end.runId)?.wanted ?? []) {
      holds(when, end);
      await setImmediate();
    }
  }
  return holds;
}

function toCondition({ contains, matches }: ConditionRow): Condition | null {
  if (contains !== null) return { kind: 'contains', text: contains };
  return matches === null ? null : { kind: 'matches', text: matches };
}

/** As the ledger will have it. */
function outputOf({ stdout, stderr }: TurnReport): { stdout: string; stderr: string } {
  return { stdout: storableText(stdout.text), stderr: storableText(stderr.text) };
}
