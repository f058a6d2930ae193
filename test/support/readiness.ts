import { expect } from 'vitest';
import type { Fleet } from './fleet.ts';
import type { ServerName } from './servers.ts';
import { waitFor } from './wait-for.ts';

/** Waits until each of these services says of that server that it cannot be used. */
export async function allRed(fleet: Fleet, server: ServerName, services: readonly string[]): Promise<void> {
  const concerned = fleet.crew
    .all()
    .filter(({ name }) => services.some((service) => name.startsWith(service)));
  await waitFor(`${services.join(', ')} to say that ${server} is away`, async () => {
    const replies = await Promise.all(concerned.map((each) => each.ask('/readyz')));
    expect(replies.map(({ status }) => status)).toEqual(concerned.map(() => 503));
    for (const { text } of replies) expect(JSON.parse(text)).toHaveProperty(['red', server]);
    return true;
  });
}

/** Waits until every service is ready. None of them may have ended by itself. */
export async function allGreen(fleet: Fleet): Promise<void> {
  const serving = fleet.crew.all().filter((each) => !each.wasToldToEnd());
  await waitFor('every service to be ready again', async () => {
    const replies = await Promise.all(serving.map((each) => each.ask('/readyz')));
    expect(replies.filter(({ status }) => status !== 200)).toEqual([]);
    return true;
  });
  expect(serving.filter((each) => each.ended() !== undefined)).toEqual([]);
}
