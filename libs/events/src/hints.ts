import type { NatsConnection } from 'nats';
import { cancels, type Hint, hintSubject } from './subjects.ts';

/** Tells whoever listens that something became due now. Lost hints cost a look's interval, nothing else. */
export function publishHint(nats: NatsConnection, hint: Hint): void {
  if (!nats.isClosed()) nats.publish(hintSubject(hint));
}

export function onHint(nats: NatsConnection, hint: Hint, poke: () => void): void {
  nats.subscribe(hintSubject(hint), { callback: poke });
}

/** CN-1: the run's worker is told at once; it hears the same with its next beat. */
export function publishCancel(nats: NatsConnection, runId: string): void {
  if (!nats.isClosed()) nats.publish(cancels, runId);
}

export function onCancel(nats: NatsConnection, cancel: (runId: string) => void): void {
  nats.subscribe(cancels, {
    callback: (error, message) => {
      if (error === null) cancel(message.string());
    },
  });
}
