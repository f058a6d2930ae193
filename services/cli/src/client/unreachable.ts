import { CommandError } from '../command-error.ts';
import type { Server } from './find-server.ts';

/** The server could not be asked, or its answer broke off. */
export function unreachable({ url, source }: Pick<Server, 'url' | 'source'>, error: unknown): CommandError {
  const advice =
    source === 'FLOTILLA_URL' ? 'is FLOTILLA_URL right?' : 'is the fleet running? npm start starts it';
  return new CommandError(
    'unreachable',
    `${url.replace(/\/$/, '')} cannot be reached (${why(error)}): ${advice}`,
    {
      cause: error,
    },
  );
}

/** `fetch` hides the socket's own error one or two causes down; the innermost says most. */
function why(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.cause instanceof Error) return why(error.cause);
  const { code } = error as NodeJS.ErrnoException;
  return (typeof code === 'string' ? code : error.message).replaceAll(/\s*\n\s*/g, ' ');
}
