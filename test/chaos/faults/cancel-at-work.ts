import { createClient } from '../load/client.ts';
import { type FaultKind, NothingToBreak } from './fault.ts';

/** Clients cancel what is at work, and wait for nothing. */
export const cancelAtWork: FaultKind = {
  name: 'cancels at work',
  weight: 3,
  aim: ({ api, history, store }) => ({
    target: 'runs at work',
    async inject() {
      const ask = createClient(api, history);
      const runs = await store.ask<{ id: string }>({ name: '', text: findAtWork });
      if (runs.length === 0) throw new NothingToBreak('nothing is at work');
      const cancel = (run: string) =>
        ask({ what: 'cancel', method: 'POST', path: `/runs/${run}/cancel`, run });
      await Promise.all(runs.map(({ id }) => cancel(id)));
    },
  }),
};

const findAtWork = `SELECT id FROM runs WHERE state = 'running' AND cancel_requested_at IS NULL LIMIT 5`;
