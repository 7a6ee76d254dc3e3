import { DomainError, requireWhole } from "./errors.ts";
import { add, bitXor, cast, cos, less, log, mul, shiftRight, sin, sqrt } from "./ops/elementwise.ts";
import { concat, reshape, slice } from "./ops/movement.ts";
import { arange, fromArray, scalar } from "./record.ts";
import { activeRecording, type Recording } from "./recording.ts";
import { checkShape, type Shape, sizeOf } from "./shape.ts";
import type { Tensor } from "./tensor.ts";
import { Buffer } from "./variable.ts";

/*
 * A counter-based stream of 32-bit words. Word i of a draw is
 *
 *   w_i = mix(mix(i ⊕ k_0) + k_1)          k = key(seed, counter, ordinal)
 *   mix(x): x ⊕= x ≫ 16;  x ·= 0x7feb352d;  x ⊕= x ≫ 15;  x ·= 0x846ca68b;  x ⊕= x ≫ 16   (mod 2³²)
 *
 * `counter` is kept in a variable and advances once a program run; `ordinal` numbers the draws inside one program. All of it
 * is integer arithmetic modulo 2³², so every device and thread count gives the same bits.
 * Constants of the mixer: the search for low-bias 32-bit hashes by Wellons (2018).
 */
const [multiplierA, multiplierB] = [0x7feb352d, 0x846ca68b | 0];

function mixWord(word: number): number {
  let x = word | 0;
  x = Math.imul(x ^ (x >>> 16), multiplierA);
  x = Math.imul(x ^ (x >>> 15), multiplierB);
  return (x ^ (x >>> 16)) | 0;
}

const mix = (word: Tensor): Tensor => {
  let x = mul(bitXor(word, shiftRight(word, 16)), multiplierA);
  x = mul(bitXor(x, shiftRight(x, 15)), multiplierB);
  return bitXor(x, shiftRight(x, 16));
};

/** Folds numbers into one word; the same on the host and in a program. */
const foldWords = (parts: readonly number[], start: number): number =>
  parts.reduce((key, part) => mixWord((key ^ part) + 0x9e3779b9), start);
const fold = (parts: readonly Tensor[], start: number): Tensor =>
  parts.reduce((key, part) => mix(add(bitXor(key, part), 0x9e3779b9 | 0)), scalar(start, "int32"));

const [streamA, streamB] = [0x243f6a88, 0x85a308d3 | 0];

const words = (count: number, a: Tensor, b: Tensor): Tensor => mix(add(mix(bitXor(arange(count), a)), b));

/** Words `0 … count − 1` of a draw, on the host. */
export function hostWords(seed: number, counter: number, ordinal: number, count: number): Int32Array {
  const parts = [seed | 0, Math.floor(seed / 2 ** 32) | 0, counter, ordinal];
  const [a, b] = [foldWords(parts, streamA), foldWords(parts, streamB)];
  const words = new Int32Array(count);
  for (let i = 0; i < count; i++) words[i] = mixWord(mixWord(i ^ a) + b);
  return words;
}

/** Draws made outside of programs have ordinals of their own, so that they never repeat a program's. */
const outsideOrdinals = 2 ** 30;

/**
 * A source of random numbers. Inside a program each draw is a pure function of the seed, a counter that advances once a run,
 * and the draw's ordinal; the same seed gives the same stream everywhere, and the state can be saved and restored.
 */
export class Generator {
  /** Seed (low and high word) and counter, int32 [3]. */
  readonly state: Buffer;
  #seed = 0;
  #outside = 0;

  /** @param seed a whole number, 0 … 2⁵³ − 1 */
  constructor(seed = 0) {
    this.state = new Buffer(fromArray(new Int32Array(3), [3], "int32"));
    this.state.label = "generator";
    this.seed(seed);
  }

  /** Starts the stream of a seed from its beginning. */
  seed(seed: number): void {
    requireWhole("the seed", seed);
    if (!Number.isSafeInteger(seed)) throw new DomainError(`the seed must be below 2^53, got ${seed}`);
    this.#seed = seed;
    this.#outside = 0;
    this.state.set([seed | 0, Math.floor(seed / 2 ** 32) | 0, 0]);
  }

  /** Words of the host's own stream, for initial weights and shuffles: advances at each call. */
  hostWords(count: number): Int32Array {
    return hostWords(this.#seed, 0, outsideOrdinals + this.#outside++, count);
  }

  /** Numbers from N(0, 1) on the host, by Box and Muller's transform. */
  hostNormal(count: number): Float32Array {
    const half = Math.ceil(count / 2);
    const words = this.hostWords(2 * half);
    const out = new Float32Array(count);
    for (let i = 0; i < half; i++) {
      const radius = Math.sqrt(-2 * Math.log(((words[i] >>> 8) + 1) / 2 ** 24));
      const angle = (2 * Math.PI * (words[half + i] >>> 8)) / 2 ** 24;
      out[i] = radius * Math.cos(angle);
      if (half + i < count) out[half + i] = radius * Math.sin(angle);
    }
    return out;
  }

  /** Numbers from U[0, 1) on the host. */
  hostUniform(count: number): Float32Array {
    return Float32Array.from(this.hostWords(count), (word) => (word >>> 8) / 2 ** 24);
  }

  /**
   * 32 random bits a value, int32.
   *
   * @returns [...shape]
   */
  bits(shape: Shape): Tensor {
    checkShape("random", shape);
    const count = sizeOf(shape);
    const recording = activeRecording();
    if (!recording) return fromArray(this.hostWords(count), shape, "int32");
    const steps: Tensor[] = [];
    for (let scope: Recording | undefined = recording; scope; scope = scope.parent)
      if (scope.iteration) steps.push(scope.iteration());
    const { root } = recording;
    if (root.kind === "body") {
      // A loop recorded outside of programs: keys from the host, and the step mixed in.
      const [keyA, keyB] = this.hostWords(2);
      return reshape(words(count, fold(steps, keyA), fold(steps, keyB)), shape);
    }
    const ordinal = root.draws.get(this.state) ?? 0;
    root.draws.set(this.state, ordinal + 1);
    const start = this.#startOfProgram(root);
    const word = (i: number): Tensor => reshape(slice(start, [{ axis: 0, start: i, end: i + 1 }]), []);
    const parts = [word(0), word(1), word(2), scalar(ordinal, "int32"), ...steps];
    return reshape(words(count, fold(parts, streamA), fold(parts, streamB)), shape);
  }

  /** The state when the program starts; the first draw of a program also records that the counter advances. */
  #startOfProgram(root: Recording): Tensor {
    const before = root.reads.get(this.state) ?? root.versions.get(this.state)?.[0];
    if (before && (root.versions.get(this.state)?.length ?? 0) > 1) return before;
    return startProgram(this.state, root);
  }

  /** Numbers from U[0, 1), multiples of 2⁻²⁴. @returns float32 [...shape] */
  uniform(shape: Shape): Tensor {
    return mul(cast(shiftRight(this.bits(shape), 8), "float32"), 2 ** -24);
  }

  /** Numbers from N(0, 1) by Box and Muller's transform: √(−2 ln u)·(cos 2πv, sin 2πv), u in (0, 1]. @returns float32 [...shape] */
  normal(shape: Shape): Tensor {
    const count = sizeOf(shape);
    const half = Math.ceil(count / 2);
    const units = shiftRight(this.bits([2 * half]), 8);
    const u = mul(cast(add(slice(units, [{ axis: 0, end: half }]), 1), "float32"), 2 ** -24);
    const angle = mul(cast(slice(units, [{ axis: 0, start: half }]), "float32"), (2 * Math.PI) / 2 ** 24);
    const radius = sqrt(mul(log(u), -2));
    const both = concat([mul(radius, cos(angle)), mul(radius, sin(angle))]);
    return reshape(slice(both, [{ axis: 0, end: count }]), shape);
  }

  /** True with probability p. @returns bool [...shape] */
  bernoulli(p: number, shape: Shape): Tensor {
    if (!(p >= 0 && p <= 1)) throw new DomainError(`a probability lies in [0, 1], got ${p}`);
    return less(this.uniform(shape), p);
  }

  /** Whole numbers 0 … n − 1 with equal probability (to one part in 2²⁴/n). @returns int32 [...shape] */
  integers(n: number, shape: Shape): Tensor {
    requireWhole("integers: the bound", n, 1);
    return cast(mul(this.uniform(shape), n), "int32");
  }
}

function startProgram(state: Buffer, root: Recording): Tensor {
  const before = state.resolve();
  // In the outermost scope, so that a draw inside a loop body advances the program's counter once and not at each step.
  root.reads.set(state, before);
  root.assign(state, before);
  root.assign(state, add(before, fromArray(Int32Array.of(0, 0, 1), [3], "int32")));
  return before;
}

/** The generator that initialisers, dropout and samplers use unless they are given another. */
export const defaultGenerator = new Generator(0);

/** Starts the default generator's stream from its beginning. */
export const manualSeed = (seed: number): void => defaultGenerator.seed(seed);
