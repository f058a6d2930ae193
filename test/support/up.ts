import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterOurEnd, type Exit } from '@flotilla/embedded';
import { flotillaScript } from './bundles.ts';
import { plainEnvironment } from './plain-environment.ts';
import { waitFor } from './wait-for.ts';

/** A running `flotilla up`. */
export interface Up {
  readonly pid: number;
  readonly exited: Promise<Exit>;
  /** The url of its line `ready …`. Rejects where it ends before. */
  ready(): Promise<string>;
  /** What it has printed so far. */
  output(): string;
  /** Resolves once it has ended. */
  kill(signal: NodeJS.Signals): Promise<Exit>;
}

/** Types `flotilla up …` in a folder. It ends with this process, however that ends. */
export async function startUp(folder: string, ...words: readonly string[]): Promise<Up> {
  const child = spawn(process.execPath, [flotillaScript, 'up', ...words], {
    cwd: folder,
    env: plainEnvironment(),
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  let ended: Exit | undefined;
  const exited = once(child, 'close').then(([code, signal]) => {
    ended = { code, signal };
    return ended;
  });
  await once(child, 'spawn');
  const pid = child.pid ?? 0;
  void exited.then(afterOurEnd('kill', '-INT', String(pid)));
  return {
    pid,
    exited,
    output: () => output,
    async ready() {
      const url = await waitFor('the line `ready …`', () =>
        ended === undefined ? /^ready (http:\S+)$/m.exec(output)?.[1] : '',
      );
      if (url === '') throw new Error(`up has ended before it was ready:\n${output}`);
      return url;
    },
    kill(signal) {
      child.kill(signal);
      return exited;
    },
  };
}
