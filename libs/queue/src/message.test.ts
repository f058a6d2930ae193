import { expect, test } from 'vitest';
import { messageId } from './message.ts';

test('ID-2 each hand-out of a run has an id of its own', () => {
  expect([messageId('5f2c', 7), messageId('5f2c', 8)]).toEqual(['5f2c.7', '5f2c.8']);
});
