import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';

export interface CommandOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
  /** Default 2 minutes; then it is killed. */
  readonly timeoutMs?: number;
}

/** Runs a command to its end and gives its stdout. Throws with its last lines unless it exits with 0. */
export async function runCommand(
  command: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<string> {
  const { cwd, env, input = '', timeoutMs = 120_000 } = options;
  const child = spawn(command, args, {
    stdio: 'pipe',
    timeout: timeoutMs,
    ...(cwd !== undefined && { cwd }),
    ...(env !== undefined && { env: { ...env } }),
  });
  const ended = new Promise<string>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) =>
      resolve(signal === null ? `exit code ${code}` : `signal ${signal}`),
    );
  });
  child.stdin.on('error', () => undefined); // it may end without reading: its exit code tells
  child.stdin.end(input);
  const [how, out, complaint] = await Promise.all([ended, text(child.stdout), text(child.stderr)]);
  if (how === 'exit code 0') return out;
  const lastLines = (complaint.trim() || out.trim()).split('\n').slice(-8).join('\n');
  throw new Error(`${command} ended with ${how}: ${lastLines}`);
}
