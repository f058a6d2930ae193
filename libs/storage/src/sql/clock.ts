import { statement } from '../statement.ts';

export const readClock = statement('read-clock', 'SELECT clock_timestamp() AS now');
