import { onnxType } from "../dtype.ts";
import { Emitter } from "../onnx/emitter.ts";
import { liveNodes } from "../onnx/live-nodes.ts";
import { lowerNodes, outputNames, schedule } from "../onnx/lower.ts";
import type { OnnxGraph, OnnxValue } from "../onnx/model.ts";
import type { Node } from "../primitive.ts";
import { describeGraph } from "../structure.ts";
import type { Tensor } from "../tensor.ts";

/** A piece of a graph that a control operation runs: tensors it is given, tensors it gives, and those it takes from outside. */
export abstract class Body {
  /** Stand-ins for what each run is given. */
  readonly given: readonly Tensor[];
  /** What each run gives. Grows when reverse mode asks for more. */
  readonly outputs: Tensor[];
  readonly #given: ReadonlySet<Tensor>;
  #captures: Tensor[] | undefined;

  constructor(given: readonly Tensor[], outputs: readonly Tensor[]) {
    this.given = given;
    this.outputs = [...outputs];
    this.#given = new Set(given);
  }

  /** Whether a tensor that is not given is computed in the body, and not outside of it. */
  protected abstract computes(t: Tensor): boolean;

  isGiven(t: Tensor): boolean {
    return this.#given.has(t);
  }

  /** Whether a tensor exists only while the body runs: given, or computed in it. */
  isInside(t: Tensor): boolean {
    return this.isGiven(t) || this.computes(t);
  }

  /** Where the body's own graph ends. */
  readonly ends = (t: Tensor): boolean => this.isGiven(t) || !this.computes(t);

  /** The nodes computed in the body. */
  nodes(): Node[] {
    return schedule(this.outputs, this.ends);
  }

  /** Tensors from outside that the body reads, in a fixed order. */
  get captures(): readonly Tensor[] {
    this.#captures ??= this.#findCaptures();
    return this.#captures;
  }

  structure(): string {
    const known = new Map<Tensor, string>();
    for (const [kind, list] of Object.entries({ given: this.given, capture: this.captures })) {
      list.forEach((t, i) => {
        if (!known.has(t)) known.set(t, `${kind}${i}:${t.dtype}[${t.shape}]`);
      });
    }
    return describeGraph(this.outputs, known, (t) => known.has(t)).text;
  }

  /**
   * The body as a subgraph of the model.
   *
   * @param captured names of the captures in the model around it, which a subgraph may read
   * @param leading  inputs of the subgraph in front of those the body is given
   * @param trailing inputs behind them
   */
  subgraph(
    emit: Emitter,
    name: string,
    captured: readonly string[],
    { leading = [], trailing = [] }: { leading?: readonly OnnxValue[]; trailing?: readonly OnnxValue[] } = {},
  ): OnnxGraph {
    const inner = new Emitter(emit.scope);
    const names = this.given.map(() => emit.scope.name());
    const outputNames = this.emit(inner, name, names, captured);
    const value = (t: Tensor, i: number, list: readonly string[]): OnnxValue => ({
      name: list[i],
      type: onnxType(t.dtype),
      shape: t.shape,
    });
    return {
      name,
      nodes: liveNodes(inner.nodes, outputNames),
      initializers: [],
      known: inner.known,
      inputs: [...leading, ...this.given.map((t, i) => value(t, i, names)), ...trailing],
      outputs: this.outputs.map((t, i) => value(t, i, outputNames)),
    };
  }

  /** Writes the body's nodes; every output is that of a node of its own. @returns the outputs' names */
  emit(inner: Emitter, name: string, given: readonly string[], captured: readonly string[]): string[] {
    const known = new Map<Tensor, string>();
    this.given.forEach((t, i) => {
      known.set(t, given[i]);
    });
    this.captures.forEach((t, i) => {
      known.set(t, captured[i]);
    });
    const constant = (t: Tensor): string => inner.scope.initializer(t.held as never, t.shape, t.dtype);
    lowerNodes(this.nodes(), known, inner, constant, this.outputs);
    return outputNames(
      inner,
      this.outputs.map((t) => known.get(t) ?? constant(t)),
      `${name}/output`,
    );
  }

  #findCaptures(): Tensor[] {
    const captures = new Set<Tensor>();
    const note = (t: Tensor): void => {
      if (!this.isInside(t)) captures.add(t);
    };
    for (const output of this.outputs) note(output);
    for (const node of this.nodes()) for (const input of node.inputs) note(input);
    return [...captures];
  }
}

/** The body of a loop: what does not change from step to step is computed once, outside of it. */
export class LoopBody extends Body {
  readonly #known = new Map<Node, boolean>();

  protected computes(t: Tensor): boolean {
    const known = this.#known;
    const cached = known.get(t.node);
    if (cached !== undefined) return cached;
    // Ask in schedule order, so that deep bodies do not overflow the call stack.
    for (const node of schedule([t], (s) => s.node.inputs.length === 0 || this.isGiven(s) || known.has(s.node))) {
      known.set(
        node,
        node.inputs.some((input) => this.isGiven(input) || (known.get(input.node) ?? false)),
      );
    }
    return known.get(t.node) ?? false;
  }
}

/** A stretch of the record: all that was recorded while a function ran belongs to it, whatever it depends on. */
export class Stretch extends Body {
  readonly #first: number;
  readonly #end: number;

  /** @param first @param end numbers of the first node of the stretch and of the first after it */
  constructor(given: readonly Tensor[], outputs: readonly Tensor[], first: number, end: number) {
    super(given, outputs);
    this.#first = first;
    this.#end = end;
  }

  copy(): Stretch {
    return new Stretch(this.given, this.outputs, this.#first, this.#end);
  }

  /** The stretch as a subgraph without inputs: all that it reads stands under the names given in the model around it. */
  subgraphOf(emit: Emitter, name: string, given: readonly string[], captured: readonly string[]): OnnxGraph {
    const inner = new Emitter(emit.scope);
    const names = this.emit(inner, name, given, captured);
    const outputs = this.outputs.map((t, i) => ({ name: names[i], type: onnxType(t.dtype), shape: t.shape }));
    return { name, nodes: liveNodes(inner.nodes, names), initializers: [], known: inner.known, inputs: [], outputs };
  }

  protected computes(t: Tensor): boolean {
    const { id, inputs } = t.node;
    return inputs.length > 0 && !t.held && id >= this.#first && id < this.#end;
  }
}
