import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { afterOurEnd } from '@flotilla/embedded';
import type { PeerReport, PeerStart } from './peer.ts';

/** Processes that carry out the turns of another queue. */
export interface Peers {
  readonly processes: readonly { readonly name: string; readonly pid: number }[];
  /** Ends them, and gives what each of them has carried out. */
  end(): Promise<readonly PeerReport[]>;
}

/** They end with this process, however it ends. */
export async function startPeers(program: string, count: number, start: PeerStart): Promise<Peers> {
  const children = await Promise.all(Array.from({ length: count }, () => startPeer(program, start)));
  return {
    processes: children.map(({ pid = 0 }, index) => ({ name: `worker-${index + 1}`, pid })),
    end: () => Promise.all(children.map(endPeer)),
  };
}

async function startPeer(program: string, start: PeerStart): Promise<ChildProcess> {
  const child = fork(program, [JSON.stringify(start)], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  const release = afterOurEnd('kill', '-KILL', String(child.pid));
  child.once('exit', release);
  const [word] = await Promise.race([
    once(child, 'message'),
    once(child, 'exit').then(([code]) => [`ended with ${code}`]),
  ]);
  if (word !== 'ready') throw new Error(`${program} ${word}`);
  return child;
}

async function endPeer(child: ChildProcess): Promise<PeerReport> {
  const [exited, reported] = [once(child, 'exit'), once(child, 'message')];
  child.send('end');
  const [report] = await reported;
  await exited;
  return report as PeerReport;
}
