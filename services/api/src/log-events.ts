import type { Log } from '@flotilla/runtime';
import type { OnFailure } from './answer-errors.ts';

/** Every line that the API writes into its log. */
export function logEvents(log: Log) {
  const onFailure: OnFailure = ({ error, method, url, requestId }) => {
    log.error({ err: error, method, url, requestId }, 'request failed');
  };
  return {
    onFailure,
    onConfigWarning: (line: string) => log.warn(line),
    onEventsLost: (error: unknown) => log.warn({ err: error }, 'events are not followed until NATS is back'),
    onListening: (url: string, healthUrl: string) => log.info({ url, healthUrl }, 'listening'),
    onStopCut: (limitMs: number) => log.warn({ limitMs }, 'requests under way were cut off'),
  };
}
