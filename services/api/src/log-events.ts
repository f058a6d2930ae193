import type { Log } from '@flotilla/runtime';
import type { OnFailure } from './answer-errors.ts';

/** Every line that the API writes into its log. */
export function logEvents(log: Log) {
  const requestFailed: OnFailure = ({ error, ...request }) => {
    log.error({ err: error, ...request }, 'a request failed');
  };
  return {
    requestFailed,
    configWarning: (line: string) => log.warn(line),
    started: (url: string, healthUrl: string) => log.info({ url, healthUrl }, 'started'),
    eventsLost: (error: unknown) => log.warn({ err: error }, 'events are not followed until NATS is back'),
    redisProblem: (error: Error) =>
      log.warn({ err: error }, 'Redis has a problem: its queues cannot be looked at'),
    requestsCut: (limitMs: number) => log.warn({ limitMs }, 'requests under way were cut off'),
  };
}
