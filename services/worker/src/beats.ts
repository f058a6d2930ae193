import { createLoop, type Loop } from '@flotilla/runtime';
import type { Store } from '@flotilla/storage';
import { createClockWatch } from './clock-watch.ts';
import { createHeartbeat } from './heartbeat.ts';
import type { WorkerEvents } from './log-events.ts';
import type { Membership } from './membership.ts';
import type { Workbench } from './workbench.ts';

/** LV-1: how often a worker says that it lives. */
const beatEveryMs = 2_000;

export interface Beats {
  readonly loop: Loop;
  /** CN-2: the last beat, of a worker that has nothing in hand any more. */
  end(): Promise<void>;
}

/** The beats of one worker; a worker that was declared dead joins anew at once. */
export function createBeats(
  store: Store,
  membership: Membership,
  workbench: Pick<Workbench, 'inHand' | 'clock' | 'lag' | 'draining' | 'claiming' | 'givenUp' | 'intake'>,
  events: WorkerEvents,
): Beats {
  const { inHand, clock, lag, draining, claiming, givenUp, intake } = workbench;
  const watchClock = createClockWatch(clock, intake, events);
  const step = createHeartbeat({
    store,
    membership,
    inHand,
    clock,
    lagMs: lag.ms,
    isDraining: () => draining.signal.aborted,
    isClaiming: claiming.isClaiming,
    isGivenUp: givenUp.has,
    onAlive() {
      watchClock();
      if (membership.permission() !== null) intake.open('unheard');
    },
    onDeclaredDead(workerId) {
      claiming.dropAll();
      void intake.close('unheard');
      events.declaredDead(workerId);
      loop.poke();
    },
    onDisowned: events.disowned,
    onHandedBack: events.handedBack,
  });
  const { beatFailed: onError } = events;
  const loop = createLoop({ name: 'beat', everyMs: beatEveryMs, maxBackoffMs: beatEveryMs, onError, step });
  return {
    loop,
    async end() {
      await loop.stop();
      // CL-3: it hands back what was given up while the worker drained; left behind, that would count as lost.
      if (membership.id() !== null) await step().catch(onError);
    },
  };
}
