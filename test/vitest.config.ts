import { defineConfig } from 'vitest/config';

const conditions = ['@flotilla/source'];
/** Tests read sources; so do global setups, which vitest loads in an environment of its own. */
const sources = {
  ssr: { resolve: { conditions } },
  environments: { __vitest__: { resolve: { conditions } } },
};
const root = new URL('..', import.meta.url).pathname;

/** The suffix of a test file says which real servers it talks to. */
const suffixes = ['pg', 'redis', 'nats', 'fleet', 'e2e'] as const;
const anySuffix = suffixes.map((suffix) => `**/*.${suffix}.test.ts`);
const ignored = ['**/node_modules/**', '**/dist/**', '**/.flotilla/**'];

export default defineConfig({
  root,
  test: {
    reporters: ['default', './test/summary.ts'],
    projects: [
      {
        ...sources,
        root,
        test: {
          name: 'unit',
          include: ['**/*.test.ts'],
          exclude: [...ignored, ...anySuffix],
          testTimeout: 30_000, // properties take seconds where the machine has other work
          sequence: { groupOrder: 0 },
        },
      },
      {
        ...sources,
        root,
        test: {
          name: 'servers',
          include: anySuffix.filter((glob) => !glob.includes('e2e')),
          exclude: ignored,
          globalSetup: ['./test/support/servers-setup.ts'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
        },
      },
      {
        ...sources,
        root,
        test: {
          name: 'e2e',
          include: ['**/*.e2e.test.ts'],
          exclude: ignored,
          testTimeout: 180_000,
          hookTimeout: 180_000,
          maxWorkers: 2, // fleets wait more than they work
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
});
