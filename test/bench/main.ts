import { writeFile } from 'node:fs/promises';
import { bundlePrograms } from './fleet/bundle-programs.ts';
import { readMachine } from './machine.ts';
import { type Options, readOptions, UsageError } from './options.ts';
import { headLine, scenarioLines } from './output/table.ts';
import { resultOf } from './result.ts';
import type { Scenario } from './scenario.ts';
import { behindLong } from './scenarios/behind-long.ts';
import { chainHop } from './scenarios/chain-hop.ts';
import { herd } from './scenarios/herd.ts';
import { idleLateness } from './scenarios/idle-lateness.ts';
import { scaling } from './scenarios/scaling.ts';
import { shellsAtOnce } from './scenarios/shells-at-once.ts';
import { spawnRate } from './scenarios/spawn-rate.ts';
import { throughput } from './scenarios/throughput.ts';

/** In the order in which they are measured. */
const scenarios: Readonly<Record<string, Scenario>> = {
  lateness: idleLateness,
  'chain-hop': chainHop,
  'behind-long': behindLong,
  herd,
  'shells-at-once': shellsAtOnce,
  'spawn-rate': spawnRate,
  throughput,
  scaling,
};

/** Measures what the command line names, one after the other, and prints each as soon as it is there. */
export async function main(words: readonly string[], root: string): Promise<void> {
  try {
    await measure(readOptions(words, Object.keys(scenarios), root));
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    say(error.message);
    process.exitCode = 2;
  }
}

async function measure(options: Options): Promise<void> {
  const { only, isQuick, json } = options;
  const machine = readMachine();
  const started = performance.now();
  say(`${machine.cpus}, ${machine.memoryGb} GB, ${machine.system}, Node ${machine.node}`);
  say(
    `load at the start ${machine.loadAtStart.toFixed(1)}${isQuick ? '; --quick: smaller amounts, fewer rounds' : ''}`,
  );
  say(headLine());
  const results: Record<string, unknown> = {};
  const programs = await bundlePrograms(['bullmq', 'pg-boss', 'graphile-worker']);
  try {
    for (const [name, scenario] of Object.entries(scenarios)) {
      if (only.length > 0 && !only.includes(name)) continue;
      if (process.stderr.isTTY) process.stderr.write(`measuring ${name} …\n`);
      const rounds = options.rounds ?? (isQuick ? 1 : scenario.rounds);
      try {
        const measured = await scenario.measure({ programs, isQuick, rounds });
        say(['', ...scenarioLines(scenario, measured)].join('\n'));
        results[name] = resultOf(scenario, measured);
      } catch (error) {
        say(
          `\n${scenario.title}\n  could not be measured: ${error instanceof Error ? error.message : String(error)}`,
        );
        process.exitCode = 1; // the others can be
      }
    }
  } finally {
    await programs.remove();
  }
  say(`\n${Math.round((performance.now() - started) / 1_000)} s`);
  if (json === null) return;
  await writeFile(
    json,
    `${JSON.stringify({ at: new Date().toISOString(), machine, isQuick, results }, null, 2)}\n`,
  );
  say(`written to ${json}`);
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
