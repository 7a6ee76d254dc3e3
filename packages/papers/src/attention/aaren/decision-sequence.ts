import { Linear, Module, type SequenceCore } from "@paperworks/nn";
import { reshape, ShapeError, slice, stack, type Tensor, type Tree } from "@paperworks/tensor";

export interface DecisionSequenceOptions {
  stateSize: number;
  actionSize: number;
}

/**
 * Reinforcement learning as sequence modelling: the tokens of a step are the return still to come, the state and the
 * action; the action is read at the state's token. Asked for a high return, the model acts as the episodes that had one.
 *
 * Source: L. Chen et al., "Decision Transformer", 2021.
 */
export class DecisionSequenceModel<S extends Tree = Tree> extends Module {
  readonly core: SequenceCore<S>;
  readonly returnEmbedding: Linear;
  readonly stateEmbedding: Linear;
  readonly actionEmbedding: Linear;
  readonly head: Linear;

  constructor(core: SequenceCore<S>, { stateSize, actionSize }: DecisionSequenceOptions) {
    super();
    this.core = core;
    this.returnEmbedding = new Linear({ inFeatures: 1, outFeatures: core.dim });
    this.stateEmbedding = new Linear({ inFeatures: stateSize, outFeatures: core.dim });
    this.actionEmbedding = new Linear({ inFeatures: actionSize, outFeatures: core.dim });
    this.head = new Linear({ inFeatures: core.dim, outFeatures: actionSize });
  }

  /**
   * @param returns [batch, steps, 1] returns to go
   * @param states  [batch, steps, stateSize]
   * @param actions [batch, steps, actionSize]; an action is seen by later steps alone
   * @returns predicted actions [batch, steps, actionSize]
   */
  forward(returns: Tensor, states: Tensor, actions: Tensor): Tensor {
    const [batch, steps] = states.shape;
    if (states.rank !== 3 || [returns, actions].some(({ shape }) => shape[0] !== batch || shape[1] !== steps))
      throw new ShapeError(
        `DecisionSequenceModel takes returns, states and actions [batch, steps, …], got [${returns.shape.join(", ")}], [${states.shape.join(", ")}] and [${actions.shape.join(", ")}]`,
      );
    const embedded = [
      this.returnEmbedding.forward(returns),
      this.stateEmbedding.forward(states),
      this.actionEmbedding.forward(actions),
    ];
    const tokens = reshape(stack(embedded, 2), [batch, 3 * steps, this.core.dim]);
    const atStates = slice(this.core.forward(tokens), [{ axis: 1, start: 1, step: 3 }]);
    return this.head.forward(atStates);
  }

  /**
   * The action of the next step, one token after the other. Tell the model by `observe` what was done.
   *
   * @param returns [batch, 1] @param states [batch, stateSize] @returns actions [batch, actionSize]
   */
  act(returns: Tensor, states: Tensor, state: S): { actions: Tensor; state: S } {
    const asked = this.core.step(this.returnEmbedding.forward(returns), state);
    const seen = this.core.step(this.stateEmbedding.forward(states), asked.state);
    return { actions: this.head.forward(seen.output), state: seen.state };
  }

  /** @param actions [batch, actionSize] */
  observe(actions: Tensor, state: S): S {
    return this.core.step(this.actionEmbedding.forward(actions), state).state;
  }
}
