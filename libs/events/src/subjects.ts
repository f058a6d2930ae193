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

/** Something became due now, or has room: whoever plans, hands out or lets blocked runs go looks at once. */
export type Hint = 'plan' | 'hand-out' | 'admit-blocked';

export function hintSubject(hint: Hint): string {
  return `flotilla.hints.${hint}`;
}

/** Workers are told to end a run before they hear it with their beat; the one that has it in hand acts. */
export const cancels = 'flotilla.cancels';

/** Somebody follows the log of this run: its worker publishes what the turn writes. */
export const tails = 'flotilla.tails';

export const allLogPieces = 'flotilla.logs.>';

/** Which piece of a log: `seq` counts from 0 within (run, attempt, stream), as in the log store. */
export interface LogPieceKey {
  readonly runId: string;
  readonly attempt: number;
  readonly stream: 'stdout' | 'stderr';
  readonly seq: number;
}

/** `flotilla.logs.<run>.<attempt>.<stream>.<seq>`; the message is the bytes themselves. */
export function logPieceSubject({ runId, attempt, stream, seq }: LogPieceKey): string {
  return `flotilla.logs.${runId}.${attempt}.${stream}.${seq}`;
}

const logPieceForm = /^flotilla\.logs\.([0-9a-f-]{36})\.(\d{1,9})\.(stdout|stderr)\.(\d{1,9})$/;

/** Null for a subject of another form, such as a newer release may have. */
export function parseLogPieceSubject(subject: string): LogPieceKey | null {
  const [, runId, attempt, stream, seq] = logPieceForm.exec(subject) ?? [];
  if (runId === undefined || (stream !== 'stdout' && stream !== 'stderr')) return null;
  return { runId, attempt: Number(attempt), stream, seq: Number(seq) };
}
