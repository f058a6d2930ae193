import { createLoop, type Loop } from '@flotilla/runtime';
import type { Store } from '@flotilla/storage';
import { createClockWatch } from './clock-watch.ts';
import { createHeartbeat } from './heartbeat.ts';
import type { WorkerEvents } from './log-events.ts';
import type { Membership } from './membership.ts';
import type { Workbench } from './workbench.ts';

/** LV-1: how often a worker says that it lives. */
const beatEveryMs = 2_000;

/** The beat of one worker; a worker that was declared dead joins anew at once. */
export function createBeatLoop(
  store: Store,
  membership: Membership,
  { inHand, clock, lag, draining, claiming, givenUp, intake }: Workbench,
  events: WorkerEvents,
): Loop {
  const watchClock = createClockWatch(clock, intake, events);
  const loop = createLoop({
    name: 'beat',
    everyMs: beatEveryMs,
    maxBackoffMs: beatEveryMs,
    onError: events.beatFailed,
    step: createHeartbeat({
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
    }),
  });
  return loop;
}
