import type { Event } from '@flotilla/domain';

/** Where an event lies in the stream: which life of the stream, and its number in it. */
export interface Position {
  readonly epoch: number;
  readonly sequence: number;
}

/** An event as the stream delivers it. */
export interface LiveEvent extends Position {
  readonly event: Event;
}

const form = /^(\d{1,9})-(\d{1,15})$/;

/** EV-6: `<epoch>-<sequence>`, the id under which a client has seen an event; null for text of another form. */
export function parsePosition(text: string): Position | null {
  const [, epoch, sequence] = form.exec(text) ?? [];
  return sequence === undefined ? null : { epoch: Number(epoch), sequence: Number(sequence) };
}

export function formatPosition({ epoch, sequence }: Position): string {
  return `${epoch}-${sequence}`;
}

/** Whether nothing lies between two events, so that who has seen the one may go on with the other. */
export function follows(next: Position, last: Position): boolean {
  return next.epoch === last.epoch && next.sequence === last.sequence + 1;
}
