import { monotonicMs } from '@flotilla/runtime';

/** While live pieces come and nothing is missing. */
const calmMs = 5_000;
/** While NATS is away, and for the first looks after it came: workers may not know yet that somebody follows. */
const anxiousMs = 1_000;
const anxiousLooks = 3;
/** While a piece is missing. */
const behindMs = 250;
/** Two looks are never nearer than this, whatever happens between them. */
const leastMs = 100;

/** When a reader of a log is to look at ledger and store, and when it is to wait. */
export interface Pace {
  /** A look begins. */
  look(): void;
  /** Wakes the reader: there is something for it. */
  wake(): void;
  /** The next look is due: the run may have gone on. */
  hurry(): void;
  /** As `hurry`, and for a while nothing is trusted to come by itself. */
  worry(): void;
  /** Waits until it is woken, or the next look is due: then true. */
  isTime(isBehind: boolean): Promise<boolean>;
}

export function createPace(isLive: () => boolean, signal: AbortSignal): Pace {
  let lookedAtMs = 0;
  let looks = 0;
  let isDue = false;
  let isWoken = false;
  let letGo: () => void = () => undefined;

  function wake(): void {
    isWoken = true;
    letGo();
  }

  function hurry(): void {
    isDue = true;
    wake();
  }

  function pauseMs(isBehind: boolean): number {
    if (isDue) return leastMs;
    if (isBehind) return behindMs;
    return isLive() && looks > anxiousLooks ? calmMs : anxiousMs;
  }

  function woken(limitMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, limitMs);
      letGo = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  signal.addEventListener('abort', wake);
  return {
    wake,
    hurry,
    look() {
      lookedAtMs = monotonicMs();
      looks += 1;
      isDue = false;
    },
    worry() {
      looks = 0;
      hurry();
    },
    async isTime(isBehind) {
      const leftMs = lookedAtMs + pauseMs(isBehind) - monotonicMs();
      if (leftMs <= 0) return true;
      if (!isWoken && !signal.aborted) await woken(leftMs);
      isWoken = false;
      return false;
    },
  };
}
