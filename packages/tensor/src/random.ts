import { DomainError, requireWhole } from "./errors.ts";
import { add, bitXor, cast, cos, less, log, mul, shiftRight, sin, sqrt } from "./ops/elementwise.ts";
import { concat, reshape, slice } from "./ops/movement.ts";
import { fromArray, full } from "./record.ts";
import { activeRecording, type Recording } from "./recording.ts";
import { checkShape, type Shape, sizeOf } from "./shape.ts";
import type { Tensor } from "./tensor.ts";
import { Buffer } from "./variable.ts";

/*
 * A counter-based stream of 32-bit words. Word i of a draw with the keys a and b is
 *
 *   h_i = mix(i)                    mix(x): x ⊕= x ≫ 16;  x ·= A;  x ⊕= x ≫ 15;  x ·= B;  x ⊕= x ≫ 16
 *   x = (h_i ⊕ a)·A + b;  x ⊕= x ≫ 15;  x ·= B;  w_i = x ⊕ x ≫ 16             (mod 2³²)
 *
 * h is the same for every draw and is made once; what is left is mix with its first round replaced by a and b joined in,
 * 64 bits of key in eight operations. (a, b) = base(seed, counter) + (mix'(ordinal), mix''(ordinal)): `counter` is kept in a
 * variable and advances once a program run, `ordinal` numbers the draws inside one program. All of it is integer arithmetic
 * modulo 2³², so every device and thread count gives the same bits.
 * Constants A and B of the mixer: the search for low-bias 32-bit hashes by Wellons (2018).
 */
const [multiplierA, multiplierB, golden] = [0x7feb352d, 0x846ca68b, 0x9e3779b9];

function mixWord(word: number): number {
  let x = word;
  x = Math.imul(x ^ (x >>> 16), multiplierA);
  x = Math.imul(x ^ (x >>> 15), multiplierB);
  return (x ^ (x >>> 16)) >>> 0;
}

const shiftedXor = (x: Tensor, bits: number): Tensor => bitXor(x, shiftRight(x, bits));

const mix = (word: Tensor): Tensor =>
  shiftedXor(mul(shiftedXor(mul(shiftedXor(word, 16), multiplierA), 15), multiplierB), 16);

/** Both keys of a stream: on the host a pair, in a program a uint32 vector [2]. */
type Keys = readonly [number, number];
const streams: Keys = [0x243f6a88, 0x85a308d3];
const keyTensor = (keys: Keys): Tensor => fromArray(Uint32Array.from(keys), [2]);

/** Folds numbers into the keys; the same on the host and in a program. */
const foldWords = (parts: readonly number[], keys: Keys): Keys =>
  parts.reduce<Keys>(([a, b], part) => [mixWord((a ^ part) + golden), mixWord((b ^ part) + golden)], keys);
const fold = (parts: readonly Tensor[], keys: Tensor): Tensor =>
  parts.reduce((key, part) => mix(add(bitXor(key, part), golden)), keys);

/** What a draw's ordinal adds to the keys of its program. */
const ordinalKeys = (ordinal: number): Keys => foldWords([ordinal], [streams[1], streams[0]]);

let hashed = new Uint32Array(0);

/** h_0 … h_{count − 1}: a view of a table that grows. */
function hashedCounters(count: number): Uint32Array {
  if (hashed.length < count) {
    const { length } = hashed;
    const grown = new Uint32Array(Math.max(count, 2 * length));
    grown.set(hashed);
    for (let i = length; i < grown.length; i++) grown[i] = mixWord(i);
    hashed = grown;
  }
  return hashed.subarray(0, count);
}

function words(count: number, keys: Tensor): Tensor {
  const [a, b] = [0, 1].map((i) => slice(keys, [{ axis: 0, start: i, end: i + 1 }]));
  const x = add(mul(bitXor(fromArray(hashedCounters(count), [count]), a), multiplierA), b);
  return shiftedXor(mul(shiftedXor(x, 15), multiplierB), 16);
}

/** Words `0 … count − 1` of a draw, on the host. */
export function hostWords(seed: number, counter: number, ordinal: number, count: number): Uint32Array {
  const base = foldWords([...seedWords(seed), counter], streams);
  const [a, b] = ordinalKeys(ordinal).map((key, i) => (key + base[i]) >>> 0);
  const h = hashedCounters(count);
  return Uint32Array.from({ length: count }, (_, i) => {
    let x = Math.imul(h[i] ^ a, multiplierA) + b;
    x = Math.imul(x ^ (x >>> 15), multiplierB);
    return x ^ (x >>> 16);
  });
}

/** A whole number below 2⁵³ as its low and high word. */
const seedWords = (seed: number): Keys => [seed >>> 0, Math.floor(seed / 2 ** 32) >>> 0];

/** Draws made outside of programs have ordinals of their own, so that they never repeat a program's. */
const outsideOrdinals = 2 ** 30;

/**
 * A source of random numbers. Inside a program each draw is a pure function of the seed, a counter that advances once a run,
 * and the draw's ordinal; the same seed gives the same stream everywhere, and the state can be saved and restored.
 */
export class Generator {
  /** Seed (low and high word) and counter, uint32 [3]. */
  readonly state: Buffer;
  #seed = 0;
  #outside = 0;

  /** @param seed a whole number, 0 … 2⁵³ − 1 */
  constructor(seed = 0) {
    this.state = new Buffer(fromArray(new Uint32Array(3), [3]));
    this.state.label = "generator";
    this.seed(seed);
  }

  /** Starts the stream of a seed from its beginning. */
  seed(seed: number): void {
    requireWhole("the seed", seed);
    if (!Number.isSafeInteger(seed)) throw new DomainError(`the seed must be below 2^53, got ${seed}`);
    this.#seed = seed;
    this.#outside = 0;
    this.state.set([...seedWords(seed), 0]);
  }

  /** Words of the host's own stream, for initial weights and shuffles: advances at each call. */
  hostWords(count: number): Uint32Array {
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
   * 32 random bits a value.
   *
   * @returns uint32 [...shape]
   */
  bits(shape: Shape): Tensor {
    checkShape("random", shape);
    const count = sizeOf(shape);
    const recording = activeRecording();
    if (!recording) return fromArray(this.hostWords(count), shape);
    return reshape(words(count, this.#keys(recording)), shape);
  }

  /** The keys of the next draw in a recording, uint32 [2]. */
  #keys(recording: Recording): Tensor {
    const steps: Tensor[] = [];
    for (let scope: Recording | undefined = recording; scope; scope = scope.parent)
      if (scope.iteration) steps.push(cast(scope.iteration(), "uint32"));
    const { root } = recording;
    // A loop recorded outside of programs: keys from the host, and the step mixed in.
    if (root.kind === "body") {
      const [a, b] = this.hostWords(2);
      return fold(steps, keyTensor([a, b]));
    }
    let stream = root.streams.get(this.state);
    if (!stream) {
      const start = startProgram(this.state, root);
      const parts = [0, 1, 2].map((i) => slice(start, [{ axis: 0, start: i, end: i + 1 }]));
      stream = { base: fold(parts, keyTensor(streams)), draws: 0 };
      root.streams.set(this.state, stream);
    }
    return fold(steps, add(stream.base, keyTensor(ordinalKeys(stream.draws++))));
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

  /** True with probability p, to one part in 2³². @returns bool [...shape] */
  bernoulli(p: number, shape: Shape): Tensor {
    if (!(p >= 0 && p <= 1)) throw new DomainError(`a probability lies in [0, 1], got ${p}`);
    const threshold = Math.round(p * 2 ** 32);
    if (threshold === 2 ** 32) return full(shape, 1, "bool");
    // As signed numbers, which the runtime compares: their order differs and their distribution does not.
    return less(cast(this.bits(shape), "int32"), threshold - 2 ** 31);
  }

  /** Whole numbers 0 … n − 1 with equal probability (to one part in 2²⁴/n). @returns int32 [...shape] */
  integers(n: number, shape: Shape): Tensor {
    requireWhole("integers: the bound", n, 1);
    return cast(mul(this.uniform(shape), n), "int32");
  }
}

/** The generator's state when the program starts; records that the counter advances once, however many draws follow. */
function startProgram(state: Buffer, root: Recording): Tensor {
  const before = state.resolve();
  // In the outermost scope, so that a draw inside a loop body advances the program's counter once and not at each step.
  root.reads.set(state, before);
  root.assign(state, before);
  root.assign(state, add(before, fromArray(Uint32Array.of(0, 0, 1), [3])));
  return before;
}

/** The generator that initialisers, dropout and samplers use unless they are given another. */
export const defaultGenerator = new Generator(0);

/** Starts the default generator's stream from its beginning. */
export const manualSeed = (seed: number): void => defaultGenerator.seed(seed);
