import { type Figure, holds, median } from './figure.ts';
import type { Measured, Scenario } from './scenario.ts';

/** A scenario as the JSON file has it. */
export function resultOf({ title, settings }: Scenario, { figures, load }: Measured): object {
  return { title, settings, figures: figures.map(figureOf), load };
}

function figureOf(figure: Figure): object {
  const { what, unit, rounds, bound } = figure;
  const isHeld = holds(figure);
  return { what, unit, median: median(rounds), rounds, ...(bound && { bound, holds: isHeld }) };
}
