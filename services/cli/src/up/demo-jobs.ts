/** How far ahead the one-shot of the demo lies. */
export const ONE_SHOT_DELAY_MS = 20_000;

/** Small jobs that show each kind of thing happening within a minute; parents before children. */
export function demoJobs(nowMs: number): ReadonlyArray<{ id: string } & Record<string, unknown>> {
  return [
    {
      id: 'demo-clock',
      description: 'Says the time, every 15 seconds by cron',
      tags: ['demo'],
      schedule: { cron: '*/15 * * * * *' },
      turn: { shell: 'date' },
    },
    {
      id: 'demo-once',
      description: 'Runs once, 20 seconds after the first start',
      tags: ['demo'],
      schedule: { at: new Date(nowMs + ONE_SHOT_DELAY_MS).toISOString() },
      turn: { shell: 'echo "due at $FLOTILLA_TICK_AT, once and never again"' },
    },
    {
      id: 'demo-flaky',
      description: 'Fails, is tried again after 2 seconds, and fails for good',
      tags: ['demo'],
      schedule: { every: '30s' },
      turn: { shell: 'echo "attempt $FLOTILLA_ATTEMPT of 2 fails" >&2; exit 7' },
      retry: { attempts: 2, delay: '2s' },
    },
    {
      id: 'demo-agent',
      description: 'Asks an agent every 20 seconds; without a gateway of yours, one that echoes answers',
      tags: ['demo'],
      schedule: { every: '20s' },
      turn: { agent: 'demo', prompt: 'What is a fleet without a flagship?', timeout: '1m' },
    },
    {
      id: 'demo-rescue',
      description: 'Is started by the failure of demo-flaky and reads what its parent left',
      tags: ['demo'],
      after: { job: 'demo-flaky', on: 'failure' },
      turn: { shell: 'echo "my parent was $FLOTILLA_PARENT_RUN_ID:"; cat "$FLOTILLA_CONTEXT"' },
    },
  ];
}
