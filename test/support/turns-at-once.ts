import { appendFile, readFile } from 'node:fs/promises';

/** A file in which turns say that they begin and end, and a test which workers it has killed. */
export interface TurnsAtOnce {
  /** The script of a turn that does `work`. */
  script(work: string): string;
  /** The worker with this pid is gone, and its turns with it. */
  noteKilled(pid: number): Promise<void>;
  /** The most turns that were at work at once, in the order in which they wrote. */
  most(): Promise<number>;
}

export function turnsAtOnce(file: string): TurnsAtOnce {
  const say = (word: string) => `echo "${word} $PPID $FLOTILLA_RUN_ID.$FLOTILLA_ATTEMPT" >> "${file}"`;

  return {
    script: (work) => `${say('begin')}; ${work}; ${say('end')}`,
    noteKilled: (pid) => appendFile(file, `killed ${pid}\n`),
    async most() {
      const killed = new Set<string>();
      const atWork = new Map<string, string>();
      let most = 0;
      for (const line of (await readFile(file, 'utf8')).trimEnd().split('\n')) {
        const [word = '', worker = '', turn = ''] = line.split(' ');
        if (word === 'begin' && !killed.has(worker)) atWork.set(turn, worker);
        if (word === 'end') atWork.delete(turn);
        if (word === 'killed') {
          killed.add(worker);
          for (const [left, itsWorker] of atWork) if (itsWorker === worker) atWork.delete(left);
        }
        most = Math.max(most, atWork.size);
      }
      return most;
    },
  };
}
