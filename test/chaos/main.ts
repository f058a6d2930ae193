import { plantBugs } from './bugs/plant-bugs.ts';
import { playCampaign } from './campaign.ts';
import { PatchRefused } from './fleet/apply-patches.ts';
import { fullMix } from './full-mix.ts';
import { readOptions, UsageError } from './options.ts';
import { countViolations } from './report/render-report.ts';
import { summarize } from './report/summary.ts';
import { writeReport } from './report/write-report.ts';

const seeds = 1_000_000;

/** Exit codes: 0 without a violation, 1 with one, 2 where it could not run, 130 after Ctrl-C. */
export async function main(words: readonly string[], root: string): Promise<void> {
  const stopping = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stopping.abort());
  try {
    const options = readOptions(words, root, () => Math.floor(Math.random() * seeds));
    process.exitCode =
      options.bugs === null
        ? await play(options, stopping.signal)
        : await plant(options.bugs, options.seed, root, stopping.signal);
  } catch (error) {
    if (stopping.signal.aborted) {
      tell('stopped');
      process.exitCode = 130;
    } else {
      const isPlain = error instanceof UsageError || error instanceof PatchRefused;
      const why = isPlain || !(error instanceof Error) ? String(error) : error.stack;
      process.stderr.write(`chaos could not run: ${why}\n`);
      process.exitCode = 2;
    }
  }
  process.exit(); // faults that were cut short have timers left
}

async function play(
  { minutes, seed, report }: ReturnType<typeof readOptions>,
  signal: AbortSignal,
): Promise<number> {
  const result = await playCampaign({ ...fullMix(seed, minutes * 60_000), signal, tell });
  const summary = summarize(seed, minutes, result);
  await writeReport(report, summary);
  for (const { invariant, what } of result.violations.slice(0, shownViolations))
    tell(`${invariant}: ${what}`);
  if (result.kept !== null) tell(`histories and logs: ${result.kept}`);
  tell(`${summary.runs} runs, ${summary.sinkRuns} through the sink; report: ${report}`);
  const count = countViolations(summary);
  tell(`verdict: ${count} violations, seed ${seed}`);
  return count === 0 ? 0 : 1;
}

/** Exits with 0 where each bug turned the checker red, and no scenario did so without one. */
async function plant(
  names: readonly string[],
  seed: number,
  root: string,
  signal: AbortSignal,
): Promise<number> {
  const surprises = await plantBugs({ root, names, seed, signal, tell });
  tell(`verdict: ${surprises} bugs or scenarios not as expected, seed ${seed}`);
  return surprises === 0 ? 0 : 1;
}

const shownViolations = 50;

function tell(line: string): void {
  process.stdout.write(`${line}\n`);
}
