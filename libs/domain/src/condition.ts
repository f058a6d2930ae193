import { RE2JS, RE2JSException, RE2JSSyntaxException, RE2Set } from 're2js';
import { z } from 'zod';
import { plainText } from './plain-text.ts';

/** Characters of the longest text or pattern that a condition looks for. */
export const maxConditionLength = 256;
/** Instructions that a pattern may compile to. A search takes time in proportion to them and to the output, and no more. */
export const maxPatternProgram = 80;
/** Memory for what a search has learnt of its pattern; one that would need more goes on without. */
const patternMemoryBytes = 256 * 1024;

const pattern = plainText(maxConditionLength)
  .min(1)
  .superRefine((text, context) => {
    const message = patternFault(text);
    if (message !== null) context.addIssue({ code: 'custom', message });
  });

export const conditionSchema = z
  .strictObject({
    contains: plainText(maxConditionLength).min(1).optional(),
    matches: pattern.optional(),
  })
  .superRefine(({ contains, matches }, context) => {
    if ((contains === undefined) !== (matches === undefined)) return;
    context.addIssue({ code: 'custom', message: 'exactly one of "contains" and "matches" is needed' });
  });

export type ConditionDocument = z.output<typeof conditionSchema>;

/** What the output of a parent must have for its end to count. */
export type Condition =
  | { readonly kind: 'contains'; readonly text: string }
  | { readonly kind: 'matches'; readonly text: string };

/** What an attempt wrote, as the ledger keeps it: head and tail of each stream. */
export interface AttemptOutput {
  readonly stdout: string;
  readonly stderr: string;
}

/** Resolves a validated document; null: any output will do. */
export function resolveCondition(when: ConditionDocument | undefined): Condition | null {
  if (when?.contains !== undefined) return { kind: 'contains', text: when.contains };
  return when?.matches === undefined ? null : { kind: 'matches', text: when.matches };
}

/** Looks into stdout, then into stderr: each is searched by itself, so that nothing is found across the two. */
export function conditionHolds({ kind, text }: Condition, { stdout, stderr }: AttemptOutput): boolean {
  if (kind === 'contains') return stdout.includes(text) || stderr.includes(text);
  const search = new RE2Set(RE2Set.UNANCHORED, 0, patternMemoryBytes);
  search.add(text);
  return search.match(stdout).length > 0 || search.match(stderr).length > 0;
}

/** What is wrong with a pattern, in words; null where nothing is. */
function patternFault(text: string): string | null {
  try {
    const size = RE2JS.compile(text).programSize();
    if (size <= maxPatternProgram) return null;
    return `the pattern makes a program of ${size} instructions: at most ${maxPatternProgram} are allowed: shorten its repetitions`;
  } catch (error) {
    if (!(error instanceof RE2JSException)) throw error;
    return `no pattern in RE2 syntax: ${error instanceof RE2JSSyntaxException ? placed(error, text) : error.message}`;
  }
}

function placed({ error, input }: RE2JSSyntaxException, text: string): string {
  if (input === null || input === '') return error;
  const at = text.indexOf(input);
  const isThere = at >= 0 && at === text.lastIndexOf(input);
  return `${error}: ${JSON.stringify(input)}${isThere ? ` at character ${at + 1}` : ''}`;
}
