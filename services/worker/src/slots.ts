/** Messages that a worker fetches ahead of their time while a slot is free (CL-4). */
export const earlyMessages = 20;

export interface Slots {
  /** Tells `setConcurrency`, now and with every change, how many messages may be open at once. */
  announceTo(setConcurrency: (messages: number) => void): void;
  /** A message was fetched. Call the result when it is given up or done with. */
  open(): () => void;
  /** Takes a slot for a turn; null where none is free. Call the result to give it back, once or more often. */
  take(): (() => void) | null;
  /** A message came before its time: the queue has no due ones waiting. */
  noteEarly(): void;
  used(): number;
  /** A slot is free and no due message was seen that had to do without: whatever comes late is late by the queue. */
  isWaiting(): boolean;
  /** Resolves once no message is open. */
  emptied(): Promise<void>;
}

/**
 * CL-4: how many messages may be open at once follows the slots: in hand, free ones and some early messages while a
 * slot is free; no further one while none is. After a due message found no slot, early ones are not fetched until one
 * comes before its time again: else each free slot of a herd would fetch twenty to give nineteen back.
 */
export function createSlots(total: number): Slots {
  let setConcurrency: (messages: number) => void = () => undefined;
  let used = 0;
  let open = 0;
  let isCrowded = false;
  let awaited: (() => void)[] = [];

  function update(): void {
    setConcurrency(used < total ? total + (isCrowded ? 0 : earlyMessages) : open);
  }

  function once(giveBack: () => void): () => void {
    let isOver = false;
    return () => {
      if (isOver) return;
      isOver = true;
      giveBack();
      update();
    };
  }

  return {
    announceTo(hear) {
      setConcurrency = hear;
      update();
    },
    open() {
      open += 1;
      update();
      return once(() => {
        open -= 1;
        if (open > 0) return;
        for (const resolve of awaited) resolve();
        awaited = [];
      });
    },
    take() {
      if (used >= total) {
        isCrowded = true;
        update();
        return null;
      }
      used += 1;
      update();
      return once(() => {
        used -= 1;
      });
    },
    noteEarly() {
      isCrowded = false;
      update();
    },
    used: () => used,
    isWaiting: () => used < total && !isCrowded,
    emptied: () => (open === 0 ? Promise.resolve() : new Promise((resolve) => awaited.push(resolve))),
  };
}
