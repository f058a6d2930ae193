import { createDeeds, type Deeds } from './deeds.ts';
import { endGroup, endProcess } from './end-group.ts';
import { asLine, type FromGuard, parseToGuard } from './message.ts';
import { outliveWorker, type Start } from './outlive-worker.ts';
import { readLines } from './read-lines.ts';
import { createWatch, type Watch } from './watch.ts';

// GD-1, GD-2: this process is the guard. It lives as long as its worker's pipe; as long as it lives, so does the write end
// of the lifeline, its descriptor 3, for whose end all keepers wait.

interface Post {
  readonly start: Start;
  readonly watch: Watch;
  readonly deeds: Deeds;
}

let post: Post | null = null;

// Whoever stops a service or a terminal means the worker, which ends its guard itself. USR1 would open a debugger.
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2'] as const) {
  process.on(signal, () => undefined);
}
process.stdout.on('error', () => undefined); // a worker that has died reads no answers
readLines(process.stdin, { onLine, onError: leave, onEnd: () => void outlive() });

function onLine(line: string): void {
  const message = parseToGuard(line);
  if (message.kind === 'bye') process.exit(0);
  else if (message.kind === 'start') post ??= takePost(message);
  else if (post === null) throw new Error('nobody has told whom to guard');
  else post.watch.hear(message);
}

function takePost(start: Start): Post {
  const deeds = createDeeds(start.workerId);
  const watch = createWatch({
    limits: start,
    say,
    kill(group) {
      void endGroup(group);
      deeds.tell('a turn is killed: no beat of its worker was answered for too long', {
        group: group.groupId,
      });
    },
    killWorker() {
      endProcess(start.workerPid, start.workerStart);
      deeds.tell('the worker is killed: a turn inside it went on for too long', { pid: start.workerPid });
    },
  });
  say({ kind: 'ready' });
  return { start, watch, deeds };
}

async function outlive(): Promise<void> {
  if (post === null) return process.exit(0);
  const { start, watch, deeds } = post;
  watch.stop();
  await outliveWorker(start, watch.groups(), deeds);
  await deeds.written();
  process.exit(0);
}

/** The keepers end what this guard guarded, and the worker sees that it is gone. */
function leave(error: Error): void {
  const deeds = post?.deeds ?? createDeeds('unknown');
  deeds.tell('the guard ends: it does not understand its worker', { err: error.message });
  void deeds.written().finally(() => process.exit(1));
}

function say(message: FromGuard): void {
  process.stdout.write(asLine(message));
}
