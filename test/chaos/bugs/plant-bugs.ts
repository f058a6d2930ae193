import { join } from 'node:path';
import { type CampaignResult, playCampaign } from '../campaign.ts';
import { checkPatches, type SourcePatch } from '../fleet/apply-patches.ts';
import { type PlantedBug, readBugs } from './planted-bug.ts';
import type { Scenario } from './scenarios/scenario.ts';
import { scenarios } from './scenarios.ts';

export interface Planting {
  readonly root: string;
  /** Empty: all of them. */
  readonly names: readonly string[];
  readonly seed: number;
  readonly signal: AbortSignal;
  readonly tell: (line: string) => void;
}

/** What stands still under a bug is waited for no longer: it is what turns red. */
const restMs = 25_000;

/**
 * Plays each bug's scenario twice, without the bug and with it: the checker must find nothing, and then what the bug's
 * header says. Returns how many scenarios ended otherwise. Throws PatchRefused where a bug does not apply.
 */
export async function plantBugs(planting: Planting): Promise<number> {
  const { root, names, tell } = planting;
  const bugs = await readBugs(join(root, 'test/chaos/bugs'), names);
  for (const { patches } of bugs) await checkPatches(root, patches);
  let surprises = 0;
  for (const name of [...new Set(bugs.map(({ scenario }) => scenario))]) {
    const scenario = scenarioOf(name);
    const found = (await play(planting, scenario, [])).violations;
    if (found.length > 0) surprises += 1;
    tell(
      `${found.length === 0 ? 'green' : 'RED'}  ${name} without a bug${found[0] ? `: ${found[0].what}` : ''}`,
    );
    for (const bug of bugs.filter((one) => one.scenario === name)) {
      if (!(await isFound(planting, scenario, bug))) surprises += 1;
    }
  }
  return surprises;
}

async function isFound(planting: Planting, scenario: Scenario, bug: PlantedBug): Promise<boolean> {
  const { violations } = await play(planting, scenario, bug.patches);
  const first = violations.find(({ invariant }) => invariant === bug.red);
  const colour = first === undefined ? 'GREEN' : 'red';
  const why = first === undefined ? `${violations.length} violations, none of ${bug.red}` : first.what;
  planting.tell(`${colour}  ${bug.name} (${bug.rule}), ${violations.length} violations: ${bug.red}: ${why}`);
  return first !== undefined;
}

function play(
  { seed, signal }: Planting,
  scenario: Scenario,
  patches: readonly SourcePatch[],
): Promise<CampaignResult> {
  return playCampaign({
    ...scenario,
    seed,
    patches,
    restMs,
    keepsNothing: true,
    signal,
    tell: () => undefined,
  });
}

function scenarioOf(name: string): Scenario {
  const scenario = scenarios[name];
  if (scenario === undefined) {
    throw new Error(`no scenario "${name}": there are ${Object.keys(scenarios).join(', ')}`);
  }
  return scenario;
}
