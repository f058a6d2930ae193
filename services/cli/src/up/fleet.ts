import type { Supervised } from './supervise.ts';

/** What runs of a fleet, in the order in which it is stopped: no part outlives one that needs it. */
export const stopOrder = ['api', 'scheduler', 'worker', 'gateway', 'nats', 'redis', 'postgres'] as const;
export type Part = (typeof stopOrder)[number];

export type Fleet = {
  add(part: Part, process: Supervised): void;
  /** Stops part after part, each with its grace, or kills all that is left as soon as `now` is aborted. */
  stop(now: AbortSignal, onStop: (names: readonly string[]) => void): Promise<void>;
};

export function createFleet(): Fleet {
  const parts = new Map<Part, Supervised[]>(stopOrder.map((part) => [part, []]));

  async function stopInOrder(now: AbortSignal, onStop: (names: readonly string[]) => void): Promise<void> {
    for (const part of stopOrder) {
      const processes = parts.get(part) ?? [];
      if (processes.length > 0 && !now.aborted) {
        onStop(processes.map(({ name }) => name));
        await Promise.all(processes.map((process) => process.stop()));
      }
    }
  }

  async function killAll(): Promise<void> {
    await Promise.all([...parts.values()].flat().map((process) => process.kill()));
  }

  return {
    add(part, process) {
      parts.get(part)?.push(process);
    },
    async stop(now, onStop) {
      const kill = () => void killAll();
      now.addEventListener('abort', kill, { once: true });
      await stopInOrder(now, onStop);
      now.removeEventListener('abort', kill);
      if (now.aborted) {
        await killAll();
      }
    },
  };
}
