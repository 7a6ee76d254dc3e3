import { elmanBackward, elmanForward } from "./cells/elman";
import { gruBackward, gruForward } from "./cells/gru";
import { lstmBackward, lstmForward } from "./cells/lstm";
import { slstmBackward, slstmForward } from "./cells/slstm";
import { Plan } from "./plan";
import { product, productFor } from "./products";

// The cells by number, and their planes: of all pre-activations, of those R feeds (the first), of those the input feeds (the
// last), of what is kept for the way back; and their states.

// @ts-ignore: decorator
@inline
const ELMAN = 0;
// @ts-ignore: decorator
@inline
const LSTM = 1;
// @ts-ignore: decorator
@inline
const GRU = 2;

function planesOf(cell: i32): i32 {
  return cell == ELMAN ? 1 : 4;
}

function recurrentOf(cell: i32): i32 {
  return cell == ELMAN ? 1 : cell == GRU ? 3 : 4;
}

function inputsOf(cell: i32): i32 {
  return recurrentOf(cell);
}

function savedOf(cell: i32): i32 {
  return cell == ELMAN ? 1 : cell == LSTM || cell == GRU ? 4 : 5;
}

function statesOf(cell: i32): i32 {
  return cell == ELMAN || cell == GRU ? 1 : cell == LSTM ? 2 : 4;
}

/** Sums R h of heads first … last of all rows, tile by tile. */
function forwardProduct(plan: Plan, kernel: i32, h: usize, first: i32, last: i32): void {
  const recurrent = recurrentOf(plan.cell);
  const dim = plan.dim;
  const lanes = plan.vectors * 4;
  const head = <usize>(dim * 4);
  const panel = <usize>(dim * recurrent * lanes * 4);
  const sumRow = plan.width * <usize>recurrent;
  const tiles = dim / lanes;
  const rowTiles = plan.batch / plan.rows;
  for (let n = first; n < last; n++) {
    const weights = plan.weights + <usize>n * panel * <usize>tiles;
    const from = h + <usize>n * head;
    const to = plan.sums + <usize>n * head;
    // With all rows in one tile, no other rows wait for a block.
    if (rowTiles == 1 || plan.block == dim) {
      product(kernel, weights, from, plan.width, dim, to, sumRow, plan.width, panel, tiles, rowTiles, false);
      continue;
    }
    for (let tile = 0; tile < tiles; tile++) {
      const sums = to + <usize>(tile * lanes * 4);
      for (let k = 0; k < dim; k += plan.block) {
        const block = weights + <usize>tile * panel + <usize>(k * recurrent * lanes * 4);
        const part = from + <usize>(k * 4);
        product(kernel, block, part, plan.width, plan.block, sums, sumRow, plan.width, 0, 1, rowTiles, k > 0);
      }
    }
  }
}

/** The cell on the sums of heads first … last of all rows at step t. */
function forwardCell(plan: Plan, t: i32, first: i32, last: i32): void {
  const cell = plan.cell;
  const width = plan.width;
  const offset = <usize>(first * plan.dim * 4);
  const size = <usize>((last - first) * plan.dim * 4);
  const state = plan.stateSize;
  const recurrent = <usize>recurrentOf(cell);
  const step = state * <usize>statesOf(cell);
  for (let row = 0; row < plan.batch; row++) {
    const sums = plan.sums + <usize>row * recurrent * width + offset;
    const at = <usize>(t * plan.batch + row);
    const x = plan.x + at * <usize>inputsOf(cell) * width + offset;
    const bias = plan.bias + offset;
    const before = plan.states + <usize>t * step + <usize>row * width + offset;
    const after = before + step;
    const saved = plan.saved ? plan.saved + at * <usize>savedOf(cell) * width + offset : 0;
    if (cell == ELMAN) elmanForward(sums, x, bias, after, saved, size);
    else if (cell == LSTM) lstmForward(sums, width, x, bias, width, before, after, state, saved, size);
    else if (cell == GRU) gruForward(sums, width, x, bias, width, before, after, saved, size);
    else slstmForward(sums, width, x, bias, width, before, after, state, saved, size);
  }
}

/** Head group, then time: the weights of a group stay in the cache for all steps. */
export function fusedForward(plan: Plan): void {
  const kernel = productFor(recurrentOf(plan.cell), plan.rows, plan.vectors);
  const step = plan.stateSize * <usize>statesOf(plan.cell);
  for (let head = 0; head < plan.heads; head += plan.resident) {
    for (let t = 0; t < plan.steps; t++) {
      forwardProduct(plan, kernel, plan.states + <usize>t * step, head, head + plan.resident);
      forwardCell(plan, t, head, head + plan.resident);
    }
  }
}

/** Time, then all heads: one pass of products, one of cells, and all weights read at every step. */
export function alternatingForward(plan: Plan): void {
  const kernel = productFor(recurrentOf(plan.cell), plan.rows, plan.vectors);
  const step = plan.stateSize * <usize>statesOf(plan.cell);
  for (let t = 0; t < plan.steps; t++) {
    forwardProduct(plan, kernel, plan.states + <usize>t * step, 0, plan.heads);
    forwardCell(plan, t, 0, plan.heads);
  }
}

/** The way back through the cells of heads first … last of all rows at step t. */
function backwardCell(plan: Plan, t: i32, first: i32, last: i32): void {
  const cell = plan.cell;
  const width = plan.width;
  const head = <usize>(plan.dim * 4);
  const state = plan.stateSize;
  const step = state * <usize>statesOf(cell);
  const recurrent = <usize>recurrentOf(cell);
  for (let row = 0; row < plan.batch; row++) {
    const at = <usize>(t * plan.batch + row);
    for (let n = first; n < last; n++) {
      const offset = <usize>n * head;
      const saved = plan.saved + at * <usize>savedOf(cell) * width + offset;
      const before = plan.states + <usize>t * step + <usize>row * width + offset;
      const after = before + step;
      const carry = plan.carry + <usize>row * width + offset;
      const outside = plan.outside + at * width + offset;
      const flow = plan.flow + (<usize>row * <usize>plan.heads + <usize>n) * recurrent * head;
      const gradients = plan.gradients + at * <usize>planesOf(cell) * width + offset;
      if (cell == ELMAN) elmanBackward(after, carry, outside, flow, gradients, head);
      else if (cell == LSTM)
        lstmBackward(saved, width, before, after, state, carry, outside, flow, head, gradients, head);
      else if (cell == GRU) gruBackward(saved, width, before, carry, outside, flow, head, gradients, head);
      else slstmBackward(saved, width, before, after, state, carry, outside, flow, head, gradients, head);
    }
  }
}

/** δh₋ = Rᵀ δg of heads first … last of all rows, added to what the cell left in the carry where it leaves something. */
function backwardProduct(plan: Plan, kernel: i32, first: i32, last: i32): void {
  const recurrent = recurrentOf(plan.cell);
  const tiles = plan.dim / (plan.backwardVectors * 4);
  const head = <usize>(plan.dim * 4);
  const flowRow = <usize>(plan.heads * recurrent) * head;
  const depth = plan.dim * recurrent;
  const panel = <usize>(depth * plan.backwardVectors * 16);
  const rowTiles = plan.batch / plan.backwardRows;
  for (let n = first; n < last; n++) {
    const weights = plan.weights + <usize>n * <usize>depth * head;
    const flow = plan.flow + <usize>(n * recurrent) * head;
    const carry = plan.carry + <usize>n * head;
    product(kernel, weights, flow, flowRow, depth, carry, plan.width, 0, panel, tiles, rowTiles, plan.cell == GRU);
  }
}

export function fusedBackward(plan: Plan): void {
  const kernel = productFor(1, plan.backwardRows, plan.backwardVectors);
  for (let head = 0; head < plan.heads; head += plan.resident) {
    for (let t = plan.steps - 1; t >= 0; t--) {
      backwardCell(plan, t, head, head + plan.resident);
      backwardProduct(plan, kernel, head, head + plan.resident);
    }
  }
}

export function alternatingBackward(plan: Plan): void {
  const kernel = productFor(1, plan.backwardRows, plan.backwardVectors);
  for (let t = plan.steps - 1; t >= 0; t--) {
    backwardCell(plan, t, 0, plan.heads);
    backwardProduct(plan, kernel, 0, plan.heads);
  }
}
