import { type BatchContext, forAll } from "../batching.ts";
import { isFloat, onnxType } from "../dtype.ts";
import { requireWhole, ShapeError } from "../errors.ts";
import { backpropagate } from "../grad.ts";
import { schedule } from "../onnx/lower.ts";
import { add } from "../ops/elementwise.ts";
import { matmul } from "../ops/matmul.ts";
import { flatten, transpose } from "../ops/movement.ts";
import { definePrimitive, type LowerContext } from "../primitive.ts";
import { arange, placeholder, record, zeros, zerosLike } from "../record.ts";
import { formatShape } from "../shape.ts";
import { Tensor } from "../tensor.ts";
import { type Tree, treeFill, treeLeaves } from "../tree.ts";
import { repeatedWork, workOfNodes } from "../work.ts";
import { LoopBody } from "./body.ts";
import { requireSameCarry, traceStep } from "./trace.ts";
import { batchGraph } from "./vmap.ts";

/** One step of a loop: given the carries and a slice of each scanned tensor, it gives the next carries and what is stacked. */
class ScanBody extends LoopBody {
  readonly carries: number;

  constructor(
    carriesIn: readonly Tensor[],
    slices: readonly Tensor[],
    carriesOut: readonly Tensor[],
    stacked: readonly Tensor[],
  ) {
    super([...carriesIn, ...slices], [...carriesOut, ...stacked]);
    this.carries = carriesIn.length;
  }

  copy(): ScanBody {
    return new ScanBody(this.carriesIn, this.slices, this.carriesOut, this.stacked);
  }

  get carriesIn(): readonly Tensor[] {
    return this.given.slice(0, this.carries);
  }

  get slices(): readonly Tensor[] {
    return this.given.slice(this.carries);
  }

  get carriesOut(): readonly Tensor[] {
    return this.outputs.slice(0, this.carries);
  }

  /** Outputs beside the carries, stacked over the steps. */
  get stacked(): readonly Tensor[] {
    return this.outputs.slice(this.carries);
  }
}

interface ScanAttributes {
  body: ScanBody;
  length: number;
  reverse: boolean;
  rematerialise: boolean;
}

const stackedSpec = (t: Tensor, length: number) => ({ shape: [length, ...t.shape], dtype: t.dtype });

const scanPrimitive = definePrimitive<ScanAttributes>({
  name: "scan",
  unique: true,
  infer: (_, { body, length }) => [
    ...body.carriesOut.map(({ shape, dtype }) => ({ shape, dtype })),
    ...body.stacked.map((t) => stackedSpec(t, length)),
  ],
  vjp: scanVjp,
  bodies: ({ body }) => [body],
  batch: batchScan,
  rebase: ({ body, ...rest }) => ({ ...rest, body: body.copy() }),
  lower: lowerScan,
  structure: ({ body, length, reverse }) => `${length} ${reverse} ${body.structure()}`,
  cost(_, __, { body, length }) {
    return repeatedWork(workOfNodes(body.nodes()), length);
  },
});

/**
 * One loop over the steps of all examples: every carry gets the axis of examples, scanned tensors and captures have it where
 * they differ among the examples.
 */
function batchScan({ inputs, batched, attributes: { body, ...rest }, size }: BatchContext<ScanAttributes>): Tensor[] {
  const many = ({ shape, dtype }: Tensor): Tensor => placeholder([size, ...shape], dtype);
  const first = body.carriesIn.length;
  const carriesIn = body.carriesIn.map(many);
  const slices = body.slices.map((t, i) => (batched[first + i] ? many(t) : t));
  const values = new Map<Tensor, Tensor>();
  body.carriesIn.forEach((t, i) => {
    values.set(t, carriesIn[i]);
  });
  body.slices.forEach((t, i) => {
    if (slices[i] !== t) values.set(t, slices[i]);
  });
  body.captures.forEach((t, i) => {
    const at = body.given.length + i;
    if (batched[at]) values.set(t, inputs[at]);
  });
  const outputs = batchGraph(body.outputs, values, size);
  const batchedBody = new ScanBody(carriesIn, slices, outputs.slice(0, first), outputs.slice(first));
  const results = record(
    scanPrimitive,
    [
      ...inputs.slice(0, first).map((t, i) => (batched[i] ? t : forAll(t, size))),
      // The steps in front of the examples.
      ...slices.map((_, i) => (batched[first + i] ? transpose(inputs[first + i], 0, 1) : inputs[first + i])),
      ...batchedBody.captures,
    ],
    { body: batchedBody, ...rest },
  );
  return results.map((t, i) => (i < first ? t : transpose(t, 0, 1)));
}

function lowerScan({
  emit,
  names,
  node,
  attributes: { body, length, reverse },
}: LowerContext<ScanAttributes>): string[] {
  // ONNX counts the steps by what is scanned: a loop that scans nothing is given zeros that it does not read.
  const counters = body.slices.length > 0 ? [] : [emit.full([length], 0, "float32")];
  const trailing = counters.map(() => ({ name: emit.scope.name(), type: onnxType("float32"), shape: [] }));
  const given = body.given.length;
  const graph = body.subgraph(emit, `scan#${node.id}`, names.slice(given), { trailing });
  const direction = reverse ? 1 : 0;
  return emit.many(body.outputs.length, "Scan", [...names.slice(0, given), ...counters], {
    body: { graph },
    num_scan_inputs: { int: body.slices.length + counters.length },
    scan_input_directions: { ints: [...body.slices, ...counters].map(() => direction) },
    scan_output_directions: { ints: body.stacked.map(() => direction) },
  });
}

/** The values a body tensor had at all steps: a scanned input as it came, anything else as one more output of the loop. */
function history(
  node: { inputs: readonly Tensor[]; outputs: Tensor[] },
  body: ScanBody,
  t: Tensor,
  grow: (t: Tensor) => Tensor,
): Tensor {
  const slice = body.slices.indexOf(t);
  if (slice >= 0) return node.inputs[body.carriesIn.length + slice];
  const at = body.stacked.indexOf(t);
  return at >= 0 ? node.outputs[body.carriesOut.length + at] : grow(t);
}

/**
 * The loop run backwards. The gradient of the carry is carried; values of the forward pass come as scanned inputs:
 * all that the derivative needs, or (rematerialised) only what each step was given, the rest being computed again.
 */
function scanVjp(
  {
    inputs,
    outputs,
    attributes: { body, length, reverse, rematerialise },
  }: { inputs: readonly Tensor[]; outputs: readonly Tensor[]; attributes: ScanAttributes },
  gradients: readonly (Tensor | undefined)[],
): (Tensor | undefined)[] {
  const { given } = body;
  const carryCount = body.carriesIn.length;
  const floatCarries = body.carriesIn.flatMap((t, i) => (isFloat(t.dtype) ? [i] : []));
  const carryGradients = floatCarries.map((i) => placeholder(body.carriesIn[i].shape, body.carriesIn[i].dtype));
  const stackedWithGradient = gradients.slice(carryCount).flatMap((g, i) => (g ? [{ t: body.stacked[i], g }] : []));
  const stackedGradients = stackedWithGradient.map(({ t }) => placeholder(t.shape, t.dtype));

  const wrt = [...floatCarries.map((i) => body.carriesIn[i]), ...body.slices, ...body.captures];
  const flows = backpropagate(
    [...floatCarries.map((i) => body.carriesOut[i]), ...stackedWithGradient.map(({ t }) => t)],
    [...carryGradients, ...stackedGradients],
    wrt,
    (t) => body.isGiven(t) || body.captures.includes(t),
  );
  const carryFlows = floatCarries.map((i, j) => flows[j] ?? zerosLike(body.carriesIn[i]));
  const sliceFlows = flows.slice(floatCarries.length, floatCarries.length + body.slices.length);
  const captureFlows = flows.slice(floatCarries.length + body.slices.length);

  // A weight's gradient Σ_t A_tᵀ G_t is one product over all steps: keep A and G instead of adding up at each step.
  const products = captureFlows.map((flow) => {
    if (flow?.node.primitive.name !== "matmul") return undefined;
    const { transposeA, transposeB } = flow.node.attributes as { transposeA: boolean; transposeB: boolean };
    const [a, b] = flow.node.inputs;
    return transposeA && !transposeB && a.shape.length === 2 && b.shape.length === 2 ? { a, b } : undefined;
  });
  const summed = captureFlows.flatMap((flow, i) =>
    flow && !products[i] ? [{ flow, i, total: placeholder(flow.shape, flow.dtype) }] : [],
  );

  // Values of the forward pass that the backward step reads.
  const wanted = [...carryFlows, ...sliceFlows, ...captureFlows].filter((t) => t !== undefined);
  const forward = new Set(body.nodes());
  const isForward = (t: Tensor): boolean => body.isGiven(t) || (forward.has(t.node) && body.isInside(t));
  const endsForward = (t: Tensor): boolean => (rematerialise ? body.isGiven(t) : isForward(t));
  const needed = new Set<Tensor>(wanted.filter(endsForward));
  for (const node of schedule(wanted, (t) => t.node.inputs.length === 0 || endsForward(t))) {
    for (const input of node.inputs) if (endsForward(input)) needed.add(input);
  }
  const scanNode = outputs[0].node;
  const grow = (t: Tensor): Tensor => {
    body.outputs.push(t);
    const made = new Tensor(scanNode, scanNode.outputs.length, [length, ...t.shape], t.dtype);
    scanNode.outputs.push(made);
    return made;
  };
  const histories = [...needed].map((t) => history({ inputs, outputs: scanNode.outputs }, body, t, grow));

  const backward = new ScanBody(
    [...carryGradients, ...summed.map(({ total }) => total)],
    [...needed, ...stackedGradients],
    [...carryFlows, ...summed.map(({ flow, total }) => add(total, flow))],
    [...sliceFlows.filter((t) => t !== undefined), ...products.flatMap((p) => (p ? [p.a, p.b] : []))],
  );
  const initial = floatCarries.map((i) => gradients[i] ?? zerosLike(body.carriesIn[i]));
  const results = record(
    scanPrimitive,
    [
      ...initial,
      ...summed.map(({ total }) => zeros(total.shape, total.dtype)),
      ...histories,
      ...stackedWithGradient.map(({ g }) => g),
      ...backward.captures,
    ],
    { body: backward, length, reverse: !reverse, rematerialise },
  );

  let next = 0;
  const carryResults = new Map(floatCarries.map((i) => [i, results[next++]]));
  const captureResults: (Tensor | undefined)[] = body.captures.map(() => undefined);
  for (const { i } of summed) captureResults[i] = results[next++];
  const sliceResults = sliceFlows.map((flow) => flow && results[next++]);
  products.forEach((p, i) => {
    if (!p) return;
    const [a, b] = [results[next++], results[next++]];
    captureResults[i] = matmul(transpose(flatten(a, 0, 1)), flatten(b, 0, 1));
  });
  return [
    ...given.map((_, i) => (i < carryCount ? carryResults.get(i) : sliceResults[i - carryCount])),
    ...captureResults,
  ];
}

export interface ScanOptions {
  /** The number of steps, where there is no scanned input to tell it. */
  length?: number;
  /** From the last step to the first; stacked outputs stay in the order of their inputs. */
  reverse?: boolean;
  /** In reverse mode keep only the carry of each step and compute the rest again: less memory, one more forward pass. */
  rematerialise?: boolean;
}

/**
 * A loop inside the program: (carry, y_t) = step(carry, x_t) for each t.
 *
 * Tensors and variables from outside may be read in the step; variables assigned in it are carried from step to step.
 *
 * @param step takes the carry and one slice of each scanned tensor; gives the next carry, of the same shapes, and an output
 * @param init the first carry, a tree of tensors
 * @param xs   a tree of tensors [steps, ...]
 * @returns    the last carry, and the outputs stacked [steps, ...]
 * @throws ShapeError if the carry changes its shape, or the scanned tensors differ in length
 */
export function scan<C extends Tree, X extends Tree, Y extends Tree>(
  step: (carry: C, x: X) => { carry: C; output: Y },
  init: C,
  xs: X,
  options: ScanOptions = {},
): { carry: C; outputs: Y } {
  const { reverse = false, rematerialise = false } = options;
  const carries = treeLeaves(init).map((t) => t.resolve());
  const scanned = treeLeaves(xs).map((t) => t.resolve());
  const length = options.length ?? scanned[0]?.shape[0];
  if (length === undefined)
    throw new ShapeError("scan: without scanned tensors the number of steps must be given as `length`");
  requireWhole("scan: the number of steps", length, 1);
  for (const { shape } of scanned) {
    if (shape[0] !== length)
      throw new ShapeError(`scan: a scanned tensor of shape ${formatShape(shape)} does not have ${length} steps`);
  }
  const slices = scanned.map(({ shape, dtype }) => placeholder(shape.slice(1), dtype));

  const iterations: Tensor[] = [];
  const { result, carriesIn, state, carriedOut } = traceStep(
    carries,
    (given) => step(treeFill(init, given), treeFill(xs, slices)),
    ({ carry, output }) => ({
      carry: treeLeaves(carry).map((t) => t.resolve()),
      outputs: treeLeaves(output).map((t) => t.resolve()),
      output,
    }),
    () => {
      if (iterations.length === 0) iterations.push(placeholder([], "int32"));
      return iterations[0];
    },
  );
  const { carry, outputs, output } = result;
  requireSameCarry("scan", carries, carry);
  const body = new ScanBody(carriesIn, [...slices, ...iterations], [...carry, ...carriedOut], outputs);
  const results = record(
    scanPrimitive,
    [...carries, ...state, ...scanned, ...iterations.map(() => arange(length)), ...body.captures],
    { body, length, reverse, rematerialise },
  );
  state.forEach((variable, i) => {
    variable.assign(results[carries.length + i]);
  });
  return {
    carry: treeFill(init, results.slice(0, carries.length)),
    outputs: treeFill(output, results.slice(carriesIn.length)),
  };
}
