import { type DestinationStream, type Logger, pino } from 'pino';
import { maskUserInfo } from './mask-user-info.ts';

export type Log = Logger;
export const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
export type LogLevel = (typeof logLevels)[number];

const secretKeys = [
  'authorization',
  'databaseUrl',
  'natsUrl',
  'password',
  'redisUrl',
  'secret',
  'secrets',
  'token',
];

/** The Redis client's errors carry the command that was refused: that of a log-in holds the password. */
const refusedCommand = 'err.command.args';

/**
 * JSON lines on stdout, written synchronously so that the last line before an exit is not lost. Values
 * under the names of known secrets, at the top and one level down, and the user information of URLs
 * anywhere in a line, are masked.
 */
export function createLog(options: { name: string; level: LogLevel; destination?: DestinationStream }): Log {
  const { name, level, destination = pino.destination({ fd: 1, sync: true }) } = options;
  return pino(
    {
      name,
      level,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: {
        paths: [...secretKeys.flatMap((key) => [key, `*.${key}`]), refusedCommand],
        censor: '[secret]',
      },
      hooks: { streamWrite: maskUserInfo },
    },
    destination,
  );
}
