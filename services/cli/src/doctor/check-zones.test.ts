import { expect, test } from 'vitest';
import { checkZones } from './check-zones.ts';

test('zones that this host does not know are named with the jobs that wait for them', () => {
  const known = { zone: 'Europe/Berlin', jobs: 3 };
  expect(checkZones([known])).toMatchObject({ verdict: 'fine' });
  const unknown = [known, { zone: 'Mars/Olympus', jobs: 1 }, { zone: 'Mars/Tharsis', jobs: 2 }];
  expect(checkZones(unknown)).toMatchObject({
    verdict: 'wrong',
    says: 'this host does not know the zones Mars/Olympus (1 job), Mars/Tharsis (2 jobs)',
  });
});
