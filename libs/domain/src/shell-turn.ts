import { z } from 'zod';
import { durationText, parseDuration } from './duration.ts';
import { plainText } from './plain-text.ts';
import { parseSize, sizeText } from './size.ts';

const variableName = z
  .string()
  .regex(/^[A-Za-z_][A-Za-z0-9_]{0,127}$/, 'a variable is named by letters, digits and "_"')
  .refine(
    (name) => !name.startsWith('FLOTILLA_'),
    'names that begin with FLOTILLA_ are set by Flotilla itself',
  );

const absolutePath = plainText(4096).regex(/^\//, 'an absolute path is needed');

/** The fields alone; what they must be together is checked by `shellTurnSchema`. */
export const shellFields = z.strictObject({
  shell: plainText(256 * 1024)
    .min(1)
    .optional(),
  argv: z
    .array(plainText(128 * 1024))
    .min(1)
    .max(256)
    .optional(),
  shellPath: absolutePath.default('/bin/sh'),
  cwd: absolutePath.optional(),
  env: z.record(variableName, plainText(32 * 1024)).default({}),
  secrets: z.array(variableName).max(32).default([]),
  stdin: plainText(256 * 1024).optional(),
  umask: z
    .string()
    .regex(/^0?[0-7]{3}$/, 'a umask is three octal digits such as "022"')
    .optional(),
  timeout: durationText({ minMs: 1, maxMs: 7 * 86_400_000 }).default('10m'),
  killAfter: durationText({ minMs: 0, maxMs: 10 * 60_000 }).default('5s'),
  outputLimit: sizeText(1, 256 * 1024 ** 2).default('8MiB'),
});

/** A shell turn as users write it: a script for a shell, or a program with its arguments. */
export const shellTurnSchema = shellFields.superRefine((turn, context) => {
  if (turn.shell === undefined && turn.argv === undefined) {
    context.addIssue({ code: 'custom', message: 'a turn needs "shell" or "argv", or "agent" and "prompt"' });
  }
  if (turn.shell !== undefined && turn.argv !== undefined) {
    context.addIssue({ code: 'custom', message: 'a shell turn has exactly one of "shell" and "argv"' });
  }
  if (turn.argv?.[0] === '')
    context.addIssue({ code: 'custom', path: ['argv', 0], message: 'the program is empty' });
  if (Object.keys(turn.env).length > 128) {
    context.addIssue({ code: 'custom', path: ['env'], message: 'at most 128 variables are allowed' });
  }
  for (const [index, name] of turn.secrets.entries()) {
    if (Object.hasOwn(turn.env, name)) {
      context.addIssue({
        code: 'custom',
        path: ['secrets', index],
        message: `"${name}" is set in "env" too`,
      });
    }
  }
});

export type ShellTurnDocument = z.output<typeof shellTurnSchema>;

/** A shell turn with its limits resolved: durations in milliseconds, sizes in bytes. */
export interface ShellTurn {
  readonly kind: 'shell';
  readonly command:
    | { readonly shellPath: string; readonly script: string }
    | { readonly argv: readonly string[] };
  readonly cwd: string | null;
  readonly env: Readonly<Record<string, string>>;
  readonly secrets: readonly string[];
  readonly stdin: string | null;
  /** Octal digits such as `022`; null keeps the worker's. */
  readonly umask: string | null;
  readonly timeoutMs: number;
  readonly killAfterMs: number;
  readonly outputLimitBytes: number;
}

/** Resolves a validated document; it cannot fail. */
export function resolveShellTurn(turn: ShellTurnDocument): ShellTurn {
  return {
    kind: 'shell',
    command:
      turn.shell === undefined
        ? { argv: turn.argv ?? [] }
        : { shellPath: turn.shellPath, script: turn.shell },
    cwd: turn.cwd ?? null,
    env: turn.env,
    secrets: turn.secrets,
    stdin: turn.stdin ?? null,
    umask: turn.umask ?? null,
    timeoutMs: parseDuration(turn.timeout) ?? 0,
    killAfterMs: parseDuration(turn.killAfter) ?? 0,
    outputLimitBytes: parseSize(turn.outputLimit) ?? 0,
  };
}
