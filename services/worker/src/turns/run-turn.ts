import type { Turn, TurnKind } from '@flotilla/domain';
import type { TurnRunner } from './turn.ts';

/** How each kind of turn is carried out. */
export type TurnRunners = {
  readonly [Kind in TurnKind]: TurnRunner<Extract<Turn, { readonly kind: Kind }>>;
};

/** Carries out a turn of any kind. */
export function createRunTurn(runners: TurnRunners): TurnRunner {
  return (task) => {
    const { turn } = task;
    return turn.kind === 'agent' ? runners.agent({ ...task, turn }) : runners.shell({ ...task, turn });
  };
}
