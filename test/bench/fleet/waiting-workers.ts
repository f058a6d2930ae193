import { join } from 'node:path';
import type { Plugin } from 'esbuild';

const unwrapped = '?unwrapped';
const wrapper = 'test/bench/inside/wait-inside.ts';

/** Workers whose marked turns wait inside them: their map of turns is wrapped as they are bundled. */
export function waitingWorkers(root: string): Plugin {
  const folder = join(root, 'services/worker/src');
  const turns = join(folder, 'open-shell-turns.ts');
  return {
    name: 'waiting-workers',
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /\?unwrapped$/ }, ({ path, resolveDir }) => ({
        path: join(resolveDir, path.slice(0, -unwrapped.length)),
        suffix: unwrapped,
      }));
      onLoad({ filter: /\/open-shell-turns\.ts$/ }, ({ path, suffix }) => {
        if (path !== turns || suffix === unwrapped) return undefined;
        const lines = [
          `import { openShellTurns as original } from './open-shell-turns.ts${unwrapped}';`,
          `import { waitInside } from ${JSON.stringify(join(root, wrapper))};`,
          'export const openShellTurns = waitInside(original);',
        ];
        return { contents: lines.join('\n'), loader: 'ts', resolveDir: folder };
      });
    },
  };
}
