import { operandsInBlocks, resultFromBlocks } from "#blocked";
import { onnxType } from "../dtype.ts";
import { EngineError, RecordingError } from "../errors.ts";
import type { Node } from "../primitive.ts";
import { recordedAt } from "../recorded-at.ts";
import { broadcastShapes, type Shape, sameShape, sizeOf } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { workOfNodes } from "../work.ts";
import { Emitter, ModelScope } from "./emitter.ts";
import { liveNodes } from "./live-nodes.ts";
import { mergeKey } from "./merge.ts";
import { type OnnxModel, serializeModel } from "./model.ts";

/** How recorded tensors are known inside the model under construction. */
export type NameMap = Map<Tensor, string>;

/** Constants of up to this many values are written into the model; larger ones are handed in at each run, without a copy. */
const embeddedLimit = 256;

export const isLeaf = (t: Tensor): boolean => t.held !== undefined || t.node.primitive.lower === undefined;

/** Nodes the tensors depend on, each after its inputs; the walk ends at the tensors for which `ends` says so. */
export function schedule(targets: readonly Tensor[], ends: (t: Tensor) => boolean = isLeaf): Node[] {
  const order: Node[] = [];
  const seen = new Set<Node>();
  // An explicit stack: recorded graphs are deeper than the call stack allows.
  const work: { tensor: Tensor; done: boolean }[] = [];
  for (let i = targets.length - 1; i >= 0; i--) work.push({ tensor: targets[i], done: false });
  while (work.length > 0) {
    const { tensor, done } = work.pop() as { tensor: Tensor; done: boolean };
    if (done) {
      order.push(tensor.node);
      continue;
    }
    if (ends(tensor) || seen.has(tensor.node)) continue;
    seen.add(tensor.node);
    work.push({ tensor, done: true });
    for (let i = tensor.node.inputs.length - 1; i >= 0; i--) work.push({ tensor: tensor.node.inputs[i], done: false });
  }
  return asRecorded(order);
}

/** The order of recording, in which a derivative frees what it has read; a mere shape follows what it is of. */
function asRecorded(order: Node[]): Node[] {
  const place = new Map<Node, number>();
  for (const node of order) {
    const source = node.primitive.name === "reshape" ? place.get(node.inputs[0].node) : undefined;
    place.set(node, source ?? node.id);
  }
  return order.sort((a, b) => (place.get(a) as number) - (place.get(b) as number) || a.id - b.id);
}

/** A tensor that is a smaller one repeated along its axes, and not written out as long as broadcasting serves. */
interface Repeated {
  name: string;
  shape: Shape;
}

/**
 * Lowers scheduled nodes into an emitter. Equal operations on equal inputs are written once; what is the same along an axis is
 * computed once, and repeated only for those who need it so.
 *
 * @param results tensors whose names are asked for afterwards
 */
export function lowerNodes(
  nodes: readonly Node[],
  names: NameMap,
  emit: Emitter,
  leafName: (t: Tensor) => string,
  results: readonly Tensor[],
): void {
  const merged = new Map<string, string[]>();
  const repeated = new Map<Tensor, Repeated>();
  const readers = new Map<Tensor, number>();
  for (const t of [...nodes.flatMap(({ inputs }) => inputs), ...results]) readers.set(t, (readers.get(t) ?? 0) + 1);
  const nameOf = (t: Tensor): string => {
    const known = names.get(t);
    if (known) return known;
    const small = repeated.get(t);
    const name = small ? writeRepeated(emit, small.name, t) : leafName(t);
    names.set(t, name);
    return name;
  };
  for (const node of nodes) {
    const { primitive } = node;
    const [out] = node.outputs;
    if (primitive.name === "expand" && sizeOf(out.shape) > 0) {
      const [x] = node.inputs;
      repeated.set(out, repeated.get(x) ?? { name: nameOf(x), shape: x.shape });
      continue;
    }
    const small = node.inputs.map((t) => (primitive.elementwise ? repeated.get(t) : undefined));
    const inputs = node.inputs.map((t, i) => small[i]?.name ?? nameOf(t));
    const specs = node.inputs.map(({ shape, dtype }, i) => ({ shape: small[i]?.shape ?? shape, dtype }));
    const shape = small.some((s) => s)
      ? specs.reduce<Shape>((a, b) => broadcastShapes(primitive.name, a, b.shape), [])
      : out.shape;
    const key = mergeKey(node, inputs);
    let outputs = key ? merged.get(key) : undefined;
    if (!outputs) {
      if (!primitive.lower) throw new RecordingError(`${primitive.name} cannot be computed: it has no form in ONNX`);
      emit.origin = `${primitive.name}#${node.id}`;
      const blocked =
        primitive.elementwise && node.outputs.length === 1 && sameShape(shape, out.shape)
          ? operandsInBlocks(emit, inputs, specs, out)
          : undefined;
      outputs = primitive.lower({
        emit,
        names: inputs,
        inputs: specs,
        outputs: primitive.elementwise ? node.outputs.map(({ dtype }) => ({ shape, dtype })) : node.outputs,
        ...blocked,
        attributes: node.attributes as never,
        node,
        readsAlone: (i) => isReadOnce(node.inputs[i], readers),
      });
      if (blocked) outputs = outputs.map((name) => resultFromBlocks(emit, name, out.shape));
      if (key) merged.set(key, outputs);
    }
    outputs.forEach((name, i) => {
      if (primitive.elementwise && !sameShape(shape, out.shape)) repeated.set(node.outputs[i], { name, shape });
      else names.set(node.outputs[i], name);
    });
  }
  for (const t of results) if (repeated.has(t)) nameOf(t);
}

/** Whether a value has one reader, and so has what it was rearranged from. */
function isReadOnce(t: Tensor, readers: ReadonlyMap<Tensor, number>): boolean {
  const { primitive, inputs } = t.node;
  if (readers.get(t) !== 1) return false;
  return primitive.name === "permute" || primitive.name === "reshape" ? isReadOnce(inputs[0], readers) : true;
}

function writeRepeated(emit: Emitter, name: string, { shape, node }: Tensor): string {
  emit.origin = `${node.primitive.name}#${node.id}`;
  return emit.one("Expand", [name, emit.int64(shape)]);
}

/** Which operation, and the line that recorded it: as text, because a stack holds on to its functions and all they see. */
export interface Origin {
  operation: string;
  place: string | undefined;
}

/** What the runtime makes a session of. Holds nothing of the graph, nor the values it was first called with. */
export interface Model {
  bytes: Uint8Array;
  inputNames: string[];
  outputs: string[];
  /** The operation behind each number in the model's node names, for errors. */
  origins: Map<number, Origin>;
  work: ReturnType<typeof workOfNodes>;
}

export interface Program extends Model {
  /** Tensors whose values the caller feeds, in the order of the input names. */
  inputs: { name: string; tensor: Tensor }[];
}

const requiredOpset = (nodes: readonly Node[]): number =>
  nodes.reduce(
    (least, { primitive, inputs, attributes }) => Math.max(least, primitive.opset?.(inputs, attributes as never) ?? 17),
    17,
  );

/**
 * Names for the outputs of a graph: each must be the output of a node in it, and of no other output. Where a value has such a
 * name already it keeps it; otherwise, or where others are wanted, it is copied.
 */
export function outputNames(
  emit: Emitter,
  names: readonly string[],
  origin: string,
  wanted?: readonly string[],
): string[] {
  const free = new Set(emit.nodes.flatMap(({ outputs }) => outputs));
  return names.map((name, i) => {
    if (!wanted && free.delete(name)) return name;
    emit.origin = `${origin}/${i}`;
    if (!wanted) return emit.one("Identity", [name]);
    const output = wanted[i];
    emit.nodes.push({
      operator: "Identity",
      domain: "",
      name: emit.origin,
      inputs: [name],
      outputs: [output],
      attributes: {},
    });
    return output;
  });
}

/** The outer nodes and those of subgraphs, which share one operator set. */
export function allNodes(nodes: readonly Node[]): Node[] {
  return nodes.flatMap((node) => {
    const bodies = node.primitive.bodies?.(node.attributes as never) ?? [];
    return [node, ...bodies.flatMap((body) => allNodes(body.nodes()))];
  });
}

export interface LowerOptions {
  /** Only standard operators, constants inside: a file for others to read. */
  standard?: boolean;
  /** Whether the device has products of batches that take their operands transposed; it has when absent. */
  transposing?: boolean;
  /** Channels in a block of the runtime's blocked convolutions; without them when absent. */
  block?: number;
  inputNames?: Map<Tensor, string>;
  outputNames?: readonly string[];
  /** Leaves to embed although they are variables or large. */
  embed?: (t: Tensor) => Tensor | undefined;
}

/** Writes the ONNX model that computes the targets. */
export function lowerProgram(targets: readonly Tensor[], options: LowerOptions = {}): Program {
  const nodes = schedule(targets);
  const every = allNodes(nodes);
  const scope = new ModelScope(requiredOpset(every), options);
  const emit = new Emitter(scope);
  const names: NameMap = new Map();
  const inputs: Program["inputs"] = [];

  const leafName = (leaf: Tensor): string => {
    const source = options.embed?.(leaf) ?? leaf;
    if (
      source.held &&
      (source !== leaf || options.standard || source.held.length <= embeddedLimit) &&
      !options.inputNames?.has(leaf)
    ) {
      return scope.initializer(source.held, source.shape, source.dtype);
    }
    if (!isLeaf(leaf))
      throw new EngineError(`${leaf.node.primitive.name} was used before it was computed: a defect of the engine`);
    const name = options.inputNames?.get(leaf) ?? `in${inputs.length}`;
    inputs.push({ name, tensor: leaf });
    return name;
  };
  lowerNodes(nodes, names, emit, leafName, targets);

  const inner = targets.map((target) => {
    const known = names.get(target) ?? leafName(target);
    names.set(target, known);
    return known;
  });
  const outputs = outputNames(emit, inner, "output", options.outputNames);

  const model: OnnxModel = {
    opset: scope.opset,
    domains: scope.domains,
    graph: {
      name: "program",
      // The runtime goes back from the results and takes of several inputs the last one in the file first. So in a program that
      // nobody else reads the first stands last, and is computed first: the gradients of a layer before those of the layer below.
      nodes: options.standard ? liveNodes(emit.nodes, outputs) : liveNodes(emit.nodes, outputs).reverse(),
      initializers: scope.initializers,
      known: emit.known,
      inputs: inputs.map(({ name, tensor }) => ({ name, type: onnxType(tensor.dtype), shape: tensor.shape })),
      outputs: targets.map((target, i) => ({ name: outputs[i], type: onnxType(target.dtype), shape: target.shape })),
    },
  };
  return {
    bytes: serializeModel(model),
    inputs,
    inputNames: inputs.map(({ name }) => name),
    outputs,
    work: workOfNodes(nodes),
    origins: new Map(every.map((node) => [node.id, { operation: node.primitive.name, place: recordedAt(node) }])),
  };
}
