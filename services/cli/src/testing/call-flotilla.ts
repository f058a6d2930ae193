import type { CliContext } from '../context.ts';
import { runCommandLine } from '../run-command-line.ts';

export interface Called {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** 2026-11-21 09:42:00 in UTC. */
export const testNow = Date.UTC(2026, 10, 21, 9, 42);

/** Calls `flotilla` in this process, in a world of its own; what is not given is empty. */
export async function callFlotilla(
  words: readonly string[],
  world: Partial<Pick<CliContext, 'environment' | 'folder' | 'now'>> & {
    readonly stdin?: string;
    /** Where Flotilla lies: for commands that need its migrations. */
    readonly root?: string;
    readonly terminal?: { readonly columns: number };
  } = {},
): Promise<Called> {
  const written = { stdout: '', stderr: '' };
  const outlet = (name: keyof typeof written) => ({
    write: (content: string | Uint8Array) => {
      written[name] += typeof content === 'string' ? content : Buffer.from(content).toString();
      return true;
    },
    ...(world.terminal === undefined ? {} : { isTTY: true, columns: world.terminal.columns }),
  });
  const code = await runCommandLine(words, {
    environment: world.environment ?? {},
    folder: world.folder ?? '/',
    installation: { root: world.root ?? '/', serviceMain: () => '' },
    stdin: textOf(world.stdin ?? ''),
    stdout: outlet('stdout'),
    stderr: outlet('stderr'),
    now: world.now ?? (() => testNow),
  });
  return { code, ...written };
}

async function* textOf(text: string): AsyncGenerator<Uint8Array> {
  yield await Promise.resolve(Buffer.from(text));
}
