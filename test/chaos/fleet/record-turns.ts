import { join } from 'node:path';
import type { Plugin } from 'esbuild';

/** Which of the worker's modules are wrapped: what each exports, and what wraps it. */
const wrapped = [
  {
    file: 'open-shell-turns.ts',
    name: 'openShellTurns',
    by: 'carry-out-inside.ts',
    wrapper: 'carryOutInside',
  },
  { file: 'claiming.ts', name: 'createClaiming', by: 'record-claims.ts', wrapper: 'recordClaims' },
  { file: 'settling.ts', name: 'createSettling', by: 'record-settles.ts', wrapper: 'recordSettles' },
];
const unwrapped = '?unwrapped';

/** Workers whose marked turns wait inside them, and that write down what they claim, carry out and settle. */
export function recordTurns(root: string, file: string): Plugin {
  const folder = join(root, 'services/worker/src');
  return {
    name: 'record-turns',
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /\?unwrapped$/ }, ({ path, resolveDir }) => ({
        path: join(resolveDir, path.slice(0, -unwrapped.length)),
        suffix: unwrapped,
      }));
      onLoad({ filter: /\/services\/worker\/src\/[\w-]+\.ts$/ }, ({ path, suffix }) => {
        const one = wrapped.find((each) => path === join(folder, each.file));
        if (one === undefined || suffix === unwrapped) return undefined;
        const by = join(root, 'test/chaos/inside', one.by);
        const lines = [
          `import { ${one.name} as original } from './${one.file}${unwrapped}';`,
          `import { ${one.wrapper} } from ${JSON.stringify(by)};`,
          `export * from './${one.file}${unwrapped}';`,
          `export const ${one.name} = ${one.wrapper}(original, ${JSON.stringify(file)});`,
        ];
        return { contents: lines.join('\n'), loader: 'ts', resolveDir: folder };
      });
    },
  };
}
