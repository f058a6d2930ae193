import { once } from './once.ts';
import { firstSeat, untilWorker } from './workers-at-work.ts';

/** Less than Postgres lets a transaction be idle. */
const heldMs = 4_500;

/**
 * LV-4: a worker is cut off until a judge is about to write its death. That word is held while the worker comes back and
 * begins turns again, and then let through.
 */
export const holdDeath = once('death held', 'worker-1 to postgres', async (stage) => {
  const [worker, scheduler] = [firstSeat(stage, 'worker'), firstSeat(stage, 'scheduler')];
  const [line, judgesLine] = [worker.lines.to.postgres, scheduler.lines.to.postgres];
  await untilWorker(stage, worker, 'the worker to be at work', ({ runs }) => runs > 0);
  const judging = judgesLine.strikeAt('declare-dead', 'hold');
  line.strike('hold');
  await judging;
  const heldAt = Date.now();
  line.pass();
  const isBack = ({ claimedAt }: { claimedAt: number | null }) => (claimedAt ?? 0) > heldAt;
  await untilWorker(stage, worker, 'the worker to be at work again', isBack, heldMs).finally(() =>
    judgesLine.pass(),
  );
});
