import { descendantsOf } from './descendants.ts';

/** Kills a leader, its process group and all that descends from it: turns have groups of their own. */
export async function killTree(leader: number): Promise<void> {
  const descendants = await descendantsOf(leader);
  for (const pid of [-leader, leader, ...descendants.map((child) => -child), ...descendants]) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // gone already, or not the leader of a group
    }
  }
}
