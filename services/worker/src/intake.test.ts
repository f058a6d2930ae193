import { afterEach, expect, test, vi } from 'vitest';
import { createIntake } from './intake.ts';

afterEach(() => void vi.useRealTimers());

/** An intake with a consumer, and what it was told. */
function anIntake() {
  const intake = createIntake();
  const told: string[] = [];
  intake.control({ pause: async () => void told.push('pause'), resume: () => void told.push('resume') });
  return { intake, told };
}

test('LV-6 nothing is taken before the first beat is answered', () => {
  const { intake, told } = anIntake();
  expect([intake.isOpen(), told]).toEqual([false, []]);
  expect(intake.problem()).toMatch('no beat was answered');
  intake.open('unheard');
  expect([intake.isOpen(), intake.problem(), told]).toEqual([true, null, ['resume']]);
});

test('it opens when the last reason is over', () => {
  const { intake, told } = anIntake();
  void intake.close('skewed');
  intake.open('unheard');
  expect([intake.isOpen(), told]).toEqual([false, ['pause']]);
  intake.open('skewed');
  expect([intake.isOpen(), told]).toEqual([true, ['pause', 'resume']]);
});

test('CL-3 a machine without room takes nothing for a while, counted from the last time', () => {
  vi.useFakeTimers();
  const { intake } = anIntake();
  intake.open('unheard');
  intake.closeFor('noRoom', 1_000);
  vi.advanceTimersByTime(900);
  intake.closeFor('noRoom', 1_000);
  vi.advanceTimersByTime(900);
  expect([intake.isOpen(), intake.problem()]).toEqual([
    false,
    expect.stringMatching('could not begin a turn'),
  ]);
  vi.advanceTimersByTime(100);
  expect(intake.isOpen()).toBe(true);
});

test('CN-2 a worker that drains takes nothing, whatever is over', async () => {
  const { intake, told } = anIntake();
  intake.open('unheard');
  await intake.close('draining');
  intake.open('unheard');
  intake.open('skewed');
  expect([intake.isOpen(), told]).toEqual([false, ['resume', 'pause']]);
});
