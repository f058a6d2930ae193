/** What the bench tells a worker of another queue at its start, as its first argument. */
export interface PeerStart {
  /** Of its server. */
  readonly url: string;
  readonly queue: string;
  /** Jobs, or batches of them, at once in this process. */
  readonly concurrency: number;
  /** Jobs that it fetches together at most. */
  readonly batch: number;
}

/** What a peer tells of the turns that it has carried out. */
export interface PeerReport {
  readonly ids: readonly string[];
  /** When each began, in epoch milliseconds. */
  readonly startedAt: readonly number[];
}

/** Runs the worker of another queue: says when it is ready, and what it has done when it is asked to end. */
export async function runPeer(
  open: (start: PeerStart, carryOut: (id: string) => void) => Promise<() => Promise<void>>,
) {
  const ids: string[] = [];
  const startedAt: number[] = [];
  const close = await open(JSON.parse(process.argv[2] ?? ''), (id) => {
    ids.push(id);
    startedAt.push(Date.now());
  });
  const report = () => process.send?.({ ids, startedAt } satisfies PeerReport, () => process.exit(0));
  process.on('message', () => void close().then(report));
  process.on('disconnect', () => process.exit(0));
  process.send?.('ready');
}
