import { parseArgs } from 'node:util';
import { catalogue } from './catalogue.ts';
import type { Violation } from './explore.ts';
import { endsAsExpected, type Run, tableHead, tableRow } from './run.ts';

/**
 * Explores the whole catalogue, or with `--run NAME` one run of it, and prints the table; of one run the shortest way
 * to each violation too. The exit code: 0 where all ended as expected, 1 where one did not, 2 where the name is unknown.
 */
export function main(args: readonly string[]): void {
  const { values } = parseArgs({ args: [...args], options: { run: { type: 'string' } } });
  const runs = catalogue.filter(({ name }) => values.run === undefined || name === values.run);
  if (runs.length === 0) {
    process.stderr.write(
      `no run "${values.run}": there are\n${catalogue.map(({ name }) => `  ${name}\n`).join('')}`,
    );
    process.exitCode = 2;
    return;
  }
  const startedMs = performance.now();
  process.stdout.write(`${tableHead()}\n`);
  const surprises = runs.filter((run) => !performRun(run, values.run !== undefined));
  const seconds = ((performance.now() - startedMs) / 1000).toFixed(0);
  process.stdout.write(`\n${runs.length} runs in ${seconds} s, ${surprises.length} not as expected\n`);
  process.exitCode = surprises.length === 0 ? 0 : 1;
}

function performRun(run: Run, isTold: boolean): boolean {
  const exploration = run.explore();
  const isExpected = endsAsExpected(run, exploration);
  process.stdout.write(`${tableRow(run, exploration)}\n`);
  if (!isExpected) process.stdout.write(`  not as expected: ${run.expects.join(', ') || 'none'}\n`);
  if (isTold || !isExpected) process.stdout.write(exploration.violations.map(story).join(''));
  return isExpected;
}

function story({ check, means, steps }: Violation): string {
  const lines = steps.map((step, at) => `  ${String(at + 1).padStart(2)}. ${step}\n`);
  return `\n${check}: ${means}\n${lines.join('')}`;
}
