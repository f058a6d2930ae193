import type { ShellTurn } from '@flotilla/domain';

/** A program by its absolute path, and its arguments. */
export type Command = readonly [program: string, ...args: string[]];

/**
 * What one argument can hold on Linux (32 pages, with its closing NUL). A longer script is handed over as a file.
 */
export const argumentLimitBytes = 128 * 1024 - 1;

/** What sets the turn up before it becomes the turn. Text of users reaches it as arguments alone. */
const wrapper = 'umask "$1" && shift && exec "$@"';

/**
 * The command that is spawned for a turn. Whatever a turn needs done in its own process before it begins is done
 * by the wrapper, which then becomes the turn: same process, same group.
 */
export function wrapped(command: Command, { umask }: Pick<ShellTurn, 'umask'>): Command {
  return umask === null ? command : ['/bin/sh', '-c', wrapper, 'sh', umask, ...command];
}
