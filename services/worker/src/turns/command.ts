import type { ShellTurn } from '@flotilla/domain';

/** A program by its absolute path, and its arguments. */
export type Command = readonly [program: string, ...args: string[]];

/**
 * What one argument can hold on Linux (32 pages, with its closing NUL). A longer script is handed over as a file.
 */
export const argumentLimitBytes = 128 * 1024 - 1;

/**
 * What runs first in the process that becomes the turn: same process, same group. Text of users reaches it as arguments
 * alone. Two descriptors come with it: 3 is the lifeline of the guard, 4 the gate to the worker (`gate.ts`).
 *
 * GD-2: it leaves the keeper behind, an orphan, so that a turn which waits for its children does not wait for it. The
 * keeper ignores what a turn may send to its own group, holds nothing of the turn's, and tells its pid. When the lifeline
 * ends, it kills the turn, then the groups in its session (`timeout` makes one; where there is a /proc), then its own
 * group and so itself.
 *
 * GD-1: without a line from the worker nothing is executed, and nothing is left of the group.
 */
const wrapper = `
(
  trap '' HUP INT QUIT USR1 USR2 PIPE ALRM TERM TSTP TTIN TTOU XCPU VTALRM PROF
  cd /
  exec </dev/null >/dev/null 2>&1
  {
    trap 'kill -s KILL 0' EXIT
    read -r end <&3
    kill -s KILL $$
    PATH=/usr/bin:/bin
    for group in $(sed -n "s/^.*) . [0-9]* \\([0-9]*\\) $$ .*/\\1/p" /proc/[0-9]*/stat); do
      [ "$group" = $$ ] || kill -s KILL -- "-$group"
    done
  } &
  echo $! >&4
)
read -r FLOTILLA_GO <&4 || kill -s KILL 0
unset FLOTILLA_GO PWD OLDPWD
[ -z "$1" ] || umask "$1"
shift
exec "$@" 3<&- 4<&-
`;

/** The command that is spawned for a turn. Whatever it needs done in its own process is done before it begins. */
export function wrapped(command: Command, { umask }: Pick<ShellTurn, 'umask'>): Command {
  return ['/bin/sh', '-c', wrapper, 'sh', umask ?? '', ...command];
}
