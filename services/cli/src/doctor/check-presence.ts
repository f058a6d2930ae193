import type { Presence } from '@flotilla/storage';
import { type Finding, fine, wrong } from './finding.ts';

/** Whether anybody decides what runs next, and anybody carries it out. */
export function checkPresence({ workers, silentWorkers, schedulers }: Presence): Finding[] {
  return [
    schedulers > 0
      ? fine('scheduler', 'a scheduler is at work')
      : wrong(
          'scheduler',
          'no scheduler is at work, nothing is planned, handed out or watched',
          'start one: flotilla start scheduler',
        ),
    checkWorkers(workers, silentWorkers),
  ];
}

function checkWorkers(workers: number, silent: number): Finding {
  const atWork = `${counted(workers)} at work`;
  if (workers === 0 && silent === 0)
    return wrong('workers', 'no worker is at work', 'start one: flotilla start worker');
  return silent === 0
    ? fine('workers', atWork)
    : wrong(
        'workers',
        `${atWork}, ${counted(silent)} silent for 10 s or longer`,
        'see whether its host is up and reaches Postgres',
      );
}

function counted(workers: number): string {
  return `${workers === 0 ? 'no' : workers} ${workers === 1 ? 'worker is' : 'workers are'}`;
}
