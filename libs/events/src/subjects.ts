/** The catalogue of subjects: nobody else writes one. */
export const streamName = 'FLOTILLA_EVENTS';
export const allEvents = 'flotilla.events.>';

/**
 * `flotilla.events.run.succeeded.<job uuid>`: a slug may hold dots, which would break wildcards. What is of no job ends
 * with its type: `flotilla.events.alarm.raised`.
 */
export function eventSubject(type: string, jobId: string | null): string {
  return ['flotilla.events', type, ...(jobId === null ? [] : [jobId])].join('.');
}

/** Something became due now: whoever plans or hands out looks at once. */
export type Hint = 'plan' | 'hand-out';

export function hintSubject(hint: Hint): string {
  return `flotilla.hints.${hint}`;
}

/** Workers are told to end a run before they hear it with their beat; the one that has it in hand acts. */
export const cancels = 'flotilla.cancels';
