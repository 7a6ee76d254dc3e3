import { cellLayouts, type RecurrentTiles } from "@paperworks/kernels";
import {
  DomainError,
  fromArray,
  jit,
  ShapeError,
  sameShape,
  select,
  sizeOf,
  slice,
  type Tensor,
  zeros,
} from "@paperworks/tensor";
import { summedGradients } from "./arrangement.ts";
import { type Cell, cells } from "./cells.ts";
import { kernelBackward, kernelForward } from "./kernel-form.ts";
import { scanBackward, scanForward } from "./scan-form.ts";
import { vanillaBackward, vanillaForward } from "./vanilla-form.ts";

export const backends = ["vanilla", "scan", "alternating", "fused"] as const;

/**
 * Who runs the recurrence; all give the same.
 *
 *   vanilla      a loop on the host, a call of the engine for every primitive of every step
 *   scan         one loop inside one program of the engine
 *   alternating  WebAssembly: at every step a pass of products over all heads, then a pass of cells
 *   fused        WebAssembly: a group of heads at a time through all steps, its weights in the cache, its sums in registers
 */
export type Backend = (typeof backends)[number];

export interface FlashRnnOptions {
  readonly cell: Cell;
  /** "fused" when absent. */
  readonly backend?: Backend;
  /** The states before the first step [S, B, N, D]; zeros when absent. An sLSTM's n is 0 or at least 1. */
  readonly states?: Tensor;
  /** How the kernels cut the work up; the solver's choice when absent. */
  readonly tiles?: RecurrentTiles;
  /** Keep the activated gates for `flashRnnBackward`. */
  readonly keepGates?: boolean;
}

export interface FlashRnnResult {
  /** h after every step [T, B, N, D]. */
  readonly outputs: Tensor;
  /** All states [T + 1, S, B, N, D], those before the first step first. */
  readonly states: Tensor;
  /** The states after the last step [S, B, N, D]. */
  readonly last: Tensor;
  /** Activated gates [T, B, gates, N, D], where they are kept. */
  readonly gates?: Tensor;
}

const scanned = jit(
  (cell: Cell, wx: Tensor, r: Tensor, bias: Tensor, first: Tensor) => scanForward(cell, wx, r, bias, first).states,
);
const scannedWithGates = jit(scanForward);
const scannedBack = jit(scanBackward);
const summed = jit(summedGradients);

/**
 * A recurrent network of N independent heads of D units over a whole sequence:
 *
 *   g_t = R h_{t−1} + Wx_t + b in each head,   s_t = P(s_{t−1}, g_t)
 *
 * R is block-diagonal: each head sees its own units alone. The planes of g stand in the order of `cells[cell].gates`; R feeds
 * the first Gr of them and the input the last Gw (all of them but in a GRU, whose g gets R h alone and whose n gets Wx alone).
 *
 * @param wx   Wx [T, B, Gw, N, D]: the inputs, multiplied by their matrix
 * @param r    R [Gr, N, D, D]: plane i of head n gets R[i, n] h
 * @param bias b [G, N, D]
 * @throws ShapeError  for shapes that do not fit one another or the cell
 * @throws DomainError for an unknown cell or backend
 * Source: "FlashRNN: Optimizing Traditional RNNs on Modern Hardware", sections 2 and 3.
 */
export async function flashRnn(wx: Tensor, r: Tensor, bias: Tensor, options: FlashRnnOptions): Promise<FlashRnnResult> {
  const { cell, backend = "fused", states: first, tiles, keepGates = false } = options;
  requireInputs(wx, r, bias, options);
  const [steps, batch, , heads, dim] = wx.shape;
  const begin = (): Tensor => first ?? zeros([cells[cell].states.length, batch, heads, dim]);
  const run = async (): Promise<{ states: Tensor; gates?: Tensor }> => {
    if (backend === "vanilla") return vanillaForward(cell, wx, r, bias, begin(), keepGates);
    if (backend !== "scan") return kernelForward(cell, wx, r, bias, first, keepGates, { order: backend, tiles });
    return keepGates
      ? scannedWithGates(cell, wx, r, bias, begin())
      : { states: await scanned(cell, wx, r, bias, begin()) };
  };
  const { states, gates } = await run();
  return { ...partsOf(states, steps), states, ...(gates && { gates }) };
}

/** h of every step and the last states; the latter are the end of the array, and no copy. */
function partsOf(states: Tensor, steps: number): Pick<FlashRnnResult, "outputs" | "last"> {
  const shape = states.shape.slice(1);
  const held = states.held as Float32Array;
  return {
    outputs: select(slice(states, [{ axis: 0, start: 1 }]), 1, 0),
    last: fromArray(held.subarray(steps * sizeOf(shape)), shape),
  };
}

export interface FlashRnnGradients {
  /** δWx [T, B, Gw, N, D] */
  readonly wx: Tensor;
  /** δR [Gr, N, D, D] */
  readonly r: Tensor;
  /** δb [G, N, D] */
  readonly bias: Tensor;
  /** δ of the states before the first step [S, B, N, D] */
  readonly states: Tensor;
}

/**
 * The gradients of everything, from those of h after every step: a loop from the last step to the first,
 *
 *   δg_t from the cell,   δh_{t−1} = Rᵀ δg_t,   δWx_t = δg_t,   δb = Σ_t δg_t,   δR = Σ_t δg_t ⊗ h_{t−1},
 *
 * the last being one product after the loop.
 *
 * @param r       as it was given to `flashRnn`
 * @param forward what `flashRnn` gave with `keepGates`
 * @param outputs δ of h after every step [T, B, N, D]
 * @param options `last`: δ of the states after the last step [S, B, N, D], zeros when absent; an sLSTM's m has none, and its c
 *                and n only together, as they come from a loss of later h
 * @throws ShapeError  if the gates were not kept or shapes do not fit
 * @throws DomainError for an unknown cell or backend
 */
export async function flashRnnBackward(
  r: Tensor,
  forward: Pick<FlashRnnResult, "states" | "gates">,
  outputs: Tensor,
  options: Pick<FlashRnnOptions, "cell" | "backend" | "tiles"> & { last?: Tensor },
): Promise<FlashRnnGradients> {
  const { cell, backend = "fused", tiles, last } = options;
  requireKnown(options);
  const { states, gates } = forward;
  if (!gates) throw new ShapeError("flashRnnBackward needs the activated gates: call flashRnn with keepGates");
  const [, stateCount, batch, heads, dim] = states.shape;
  const steps = states.shape[0] - 1;
  requireTensor("outputs", outputs, [steps, batch, heads, dim]);
  if (last) requireTensor("last", last, [stateCount, batch, heads, dim]);
  const end = (): Tensor => last ?? zeros([stateCount, batch, heads, dim]);
  const run = (): Promise<{ planes: Tensor; first: Tensor }> => {
    if (backend === "vanilla") return vanillaBackward(cell, r, states, gates, outputs, end());
    if (backend === "scan") return scannedBack(cell, r, states, gates, outputs, end());
    return kernelBackward(cell, r, states, gates, outputs, last, { order: backend, tiles });
  };
  const { planes, first } = await run();
  const fed = slice(planes, [{ axis: 2, start: cells[cell].gates.length - cellLayouts[cell].inputs }]);
  return { ...(await summed(cell, planes, states)), wx: fed, states: first };
}

function requireKnown({ cell, backend = "fused" }: Pick<FlashRnnOptions, "cell" | "backend">): void {
  if (!Object.hasOwn(cells, cell))
    throw new DomainError(`flashRnn: there is no cell "${cell}"; expected ${Object.keys(cells).join(", ")}`);
  if (!backends.includes(backend))
    throw new DomainError(`flashRnn: there is no backend "${backend}"; expected ${backends.join(", ")}`);
}

const show = (shape: readonly number[]): string => `[${shape.join(", ")}]`;

function requireTensor(name: string, tensor: Tensor, shape: readonly number[]): void {
  if (!sameShape(tensor.shape, shape))
    throw new ShapeError(`flashRnn: ${name} is ${show(shape)}, got ${show(tensor.shape)}`);
  if (tensor.dtype !== "float32") throw new ShapeError(`flashRnn: ${name} is float32, got ${tensor.dtype}`);
}

function requireInputs(wx: Tensor, r: Tensor, bias: Tensor, options: FlashRnnOptions): void {
  requireKnown(options);
  const { planes, recurrent, inputs, states } = cellLayouts[options.cell];
  if (wx.rank !== 5 || wx.size === 0)
    throw new ShapeError(`flashRnn: wx is [T, B, ${inputs}, N, D], each at least 1, got ${show(wx.shape)}`);
  const [steps, batch, , heads, dim] = wx.shape;
  if (wx.shape[2] !== inputs)
    throw new ShapeError(
      `flashRnn: the input of ${options.cell} feeds ${inputs} gates (${planes.slice(planes.length - inputs).join(", ")}), got ${wx.shape[2]} in wx ${show(wx.shape)}`,
    );
  requireTensor("wx", wx, [steps, batch, inputs, heads, dim]);
  requireTensor(`r of ${options.cell}`, r, [recurrent, heads, dim, dim]);
  requireTensor(`bias of ${options.cell}`, bias, [planes.length, heads, dim]);
  if (options.states) requireTensor("states", options.states, [states.length, batch, heads, dim]);
}
