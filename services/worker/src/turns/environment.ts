import type { Environment } from '@flotilla/runtime';
import type { TurnIdentity } from './turn.ts';

const inherited = ['PATH', 'HOME', 'USER', 'SHELL', 'LANG', 'TZ', 'TMPDIR'];

/** What a turn may see of the worker's own environment: where it is, and how it speaks. Nothing else. */
export function inheritedEnvironment(own: Environment): Record<string, string> {
  const passed = Object.entries(own).filter(([name]) => inherited.includes(name) || name.startsWith('LC_'));
  return present(passed);
}

/** The `FLOTILLA_…` block; variables without a value are left out. */
export function identityEnvironment(
  identity: TurnIdentity,
  contextPath: string | null,
): Record<string, string> {
  return present([
    ['FLOTILLA_RUN_ID', identity.runId],
    ['FLOTILLA_JOB_ID', identity.jobId],
    ['FLOTILLA_CAUSE', identity.cause],
    ['FLOTILLA_TICK_AT', identity.tickAt === null ? null : new Date(identity.tickAt).toISOString()],
    ['FLOTILLA_ATTEMPT', String(identity.attempt)],
    ['FLOTILLA_DEADLINE', new Date(identity.deadlineAt).toISOString()],
    ['FLOTILLA_IDEMPOTENCY_KEY', identity.idempotencyKey],
    ['FLOTILLA_PARENT_RUN_ID', identity.parentRunId],
    ['FLOTILLA_CONTEXT', contextPath],
  ]);
}

function present(entries: readonly (readonly [string, string | null | undefined])[]): Record<string, string> {
  return Object.fromEntries(entries.flatMap(([name, value]) => (value == null ? [] : [[name, value]])));
}
