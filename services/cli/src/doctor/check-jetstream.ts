import type { JetStreamSettings } from '@flotilla/events';
import { bytesWords } from './bytes-words.ts';
import { type Finding, fine, wrong } from './finding.ts';

/** Less than this left to JetStream: it will soon refuse events. */
const leastLeftBytes = 256 * 1024 ** 2;

export function checkJetStream({ jetStream }: Pick<JetStreamSettings, 'jetStream'>): Finding {
  if (jetStream === null) {
    return wrong(
      'jetstream',
      'NATS runs without JetStream, events wait in Postgres',
      'start nats-server with -js, or enable JetStream for the account',
    );
  }
  const { stream, leftBytes } = jetStream;
  if (stream?.inFiles === false) {
    return wrong(
      'jetstream',
      'the stream FLOTILLA_EVENTS is kept in memory and lost with NATS',
      'delete it and restart the scheduler, which makes it in files',
    );
  }
  if (leftBytes !== null && leftBytes < leastLeftBytes) {
    return wrong(
      'jetstream',
      `JetStream has ${bytesWords(leftBytes)} left`,
      "raise the account's max_file limit",
    );
  }
  return fine(
    'jetstream',
    stream === null
      ? 'JetStream is on; the scheduler will make the stream'
      : `the stream has ${stream.messages} events, ${bytesWords(stream.bytes)}`,
  );
}
