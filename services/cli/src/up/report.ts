import type { CliContext } from '../context.ts';
import { styleOf } from '../output/style.ts';

/** What `up` tells the person at the terminal. */
export type Report = {
  say(line: string): void;
  /** Does one step of the start and says what it was, how long it took and what came of it. */
  step<Value>(title: string, work: () => Promise<Value>, outcome?: (value: Value) => string): Promise<Value>;
  /** A line that matters less. */
  aside(line: string): void;
  /** A line that says what went wrong. */
  alarm(line: string): void;
};

const TITLE_COLUMNS = 12;

export function createReport(context: CliContext): Report {
  const { colours } = styleOf(context);
  const say = (line: string) => void context.stdout.write(`${line}\n`);
  return {
    say,
    aside: (line) => say(colours.dim(line)),
    alarm: (line) => say(`${colours.red('✗')} ${line}`),
    async step(title, work, outcome = () => '') {
      const startedMs = performance.now();
      const value = await work();
      const seconds = ((performance.now() - startedMs) / 1000).toFixed(1).padStart(5);
      const line = `${colours.green('✓')} ${title.padEnd(TITLE_COLUMNS)} ${colours.dim(`${seconds} s`)}  ${outcome(value)}`;
      say(line.trimEnd());
      return value;
    },
  };
}
