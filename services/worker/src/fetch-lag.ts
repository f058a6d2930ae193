/** After this a reading counts half: a slow minute must not make messages early for ever. */
const halfLifeMs = 30_000;
/** HO-1: the most that the hand-out takes into account. */
const longestMs = 2_000;

/** How late the queue gives this worker its delayed messages: the largest of late, fading. */
export function createFetchLag(nowMs: () => number = () => performance.now()) {
  let largest = 0;
  let notedAtMs = nowMs();
  const faded = () => largest * 0.5 ** ((nowMs() - notedAtMs) / halfLifeMs);
  return {
    note(lagMs: number): void {
      if (lagMs < faded()) return;
      largest = Math.min(lagMs, longestMs);
      notedAtMs = nowMs();
    },
    ms: () => Math.round(faded()),
  };
}
