import { cpus, release } from 'node:os';
import { startFleet } from './fleet.ts';
import { percentile } from './percentile.ts';
import { startLate } from './start-late.ts';

interface Bench {
  readonly title: string;
  measure(root: string): Promise<number[]>;
}

/** All durations in milliseconds. */
const benches: Readonly<Record<string, Bench>> = {
  lateness: {
    title: 'idle fleet: due → claim, 200 runs 250 ms apart, 2 workers',
    async measure(root) {
      const fleet = await startFleet(root, { workers: 2, slots: 10 });
      try {
        return await startLate(fleet, { name: 'late', count: 200, apartMs: 250, aheadMs: 15_000 });
      } finally {
        await fleet.stop();
      }
    },
  },
  'behind-long': {
    title: 'one worker of two slots, one in "sleep 30": due → claim, 100 runs 200 ms apart',
    async measure(root) {
      const fleet = await startFleet(root, { workers: 1, slots: 2 });
      try {
        const at = new Date(Date.now() + 4_000).toISOString();
        await fleet.call('PUT', '/api/v1/jobs/long', { schedule: { at }, turn: { shell: 'sleep 30' } });
        return await startLate(fleet, { name: 'short', count: 100, apartMs: 200, aheadMs: 8_000 });
      } finally {
        await fleet.stop();
      }
    },
  },
};

/** Measures the named benches, or all of them, and prints a line for each. */
export async function main(names: readonly string[], root: string): Promise<void> {
  const unknown = names.find((name) => !(name in benches));
  if (unknown !== undefined) {
    process.stderr.write(`no bench "${unknown}": there are ${Object.keys(benches).join(', ')}\n`);
    process.exitCode = 2;
    return;
  }
  const [cpu] = cpus();
  process.stdout.write(
    `${cpus().length} × ${cpu?.model.trim()}, Linux ${release()}, Node ${process.versions.node}\n`,
  );
  for (const [name, { title, measure }] of Object.entries(benches)) {
    if (names.length > 0 && !names.includes(name)) continue;
    const values = await measure(root);
    const figure = (label: string, share: number) => `${label} ${percentile(values, share).toFixed(0)} ms`;
    process.stdout.write(
      `${name.padEnd(12)} ${[figure('p50', 0.5), figure('p95', 0.95), figure('p99', 0.99), figure('max', 1)].join('  ')}  (${title})\n`,
    );
  }
}
