import { once } from './once.ts';
import { firstSeat, untilWorker, type WorkerAtWork } from './workers-at-work.ts';

/** Less than Postgres lets a transaction be idle. */
const heldMs = 4_300;

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
  try {
    const isBack = ({ claimedAt }: WorkerAtWork) => (claimedAt ?? 0) > heldAt;
    const { beat } = await untilWorker(stage, worker, 'the worker to be at work again', isBack, heldMs);
    const leftMs = heldAt + heldMs - Date.now();
    const hasBeaten = (back: WorkerAtWork) => back.beat > beat; // it hears nothing for two seconds then
    await untilWorker(stage, worker, 'its next beat', hasBeaten, leftMs).catch(() => undefined);
  } finally {
    judgesLine.pass();
  }
});
