import { arrayFrom, type DType, onnxType, type TypedArray } from "../dtype.ts";
import { type Shape, sameShape, sizeOf } from "../shape.ts";
import type { OnnxAttribute, OnnxInitializer, OnnxNode, OnnxValue } from "./model.ts";

/** first … last */
const range = (first: number, last: number): number[] =>
  Array.from({ length: Math.max(0, last - first + 1) }, (_, i) => first + i);

const bytesOf = (data: TypedArray): Uint8Array => new Uint8Array(data.buffer, data.byteOffset, data.byteLength);

/** State shared by a model and its subgraphs: names, constants, domains. */
export class ModelScope {
  readonly opset: number;
  /** Only the standard operators of ONNX, for files that others read. */
  readonly standard: boolean;
  /** Whether the device has the runtime's products that take their operands transposed, beside the standard ones of two matrices. */
  readonly transposing: boolean;
  /** Channels in a block of the runtime's blocked convolutions; 0 where they are not used. */
  readonly block: number;
  readonly domains: Record<string, number> = {};
  readonly initializers: OnnxInitializer[] = [];
  #names = 0;
  #shared = new Map<string, string>();

  constructor(
    opset: number,
    { standard = false, transposing = true, block = 0 }: { standard?: boolean; transposing?: boolean; block?: number },
  ) {
    this.opset = opset;
    this.standard = standard;
    this.transposing = transposing && !standard;
    this.block = block;
  }

  name(): string {
    return `v${this.#names++}`;
  }

  /** A constant, written once however often it is asked for. Subgraphs read it from the outer scope. */
  initializer(data: TypedArray, shape: Shape, dtype: DType): string {
    // Where byte products saturate the runtime rewrites int8 weights and zero points one operator at a time, and fails over one
    // that two operators read.
    const key =
      data.length <= 64 && dtype !== "int8"
        ? `${dtype}|${shape.join()}|${data.join()}|${data.length === 1 && Object.is(Number(data[0]), -0)}`
        : undefined;
    const known = key && this.#shared.get(key);
    if (known) return known;
    const name = this.name();
    this.initializers.push({ name, type: onnxType(dtype), shape, data: bytesOf(data) });
    if (key) this.#shared.set(key, name);
    return name;
  }
}

/** The operands of a convolution in blocks, and the plain shape of its result. */
export interface ConvolutionInOrder {
  readonly inputs: readonly string[];
  readonly attributes: Record<string, OnnxAttribute>;
  readonly shape: Shape;
}

/** How many nodes a copy in another layout is kept for: making it again costs less than the memory it takes until then. */
const recentNodes = 256;

/** Writes ONNX nodes: what a primitive's lowering speaks to. */
export class Emitter {
  readonly scope: ModelScope;
  readonly nodes: OnnxNode[] = [];
  /** Shapes that the runtime cannot infer, told to it. */
  readonly known: OnnxValue[] = [];
  /** The name given to the nodes that follow: the recorded operation they come from. */
  origin = "node";
  /** What each reshaped value was before. */
  readonly #unshaped = new Map<string, string>();
  /** Values [N, C, ...] whose channels came last before: in what, and how many. */
  readonly #channelsLast = new Map<string, { source: string; lead: Shape }>();
  /** Values [N, C, ...] that can be had with their channels last for less than a transposition. */
  readonly #offers = new Map<string, { lead: Shape; write: (shape: Shape) => string }>();

  /** The blocks that values in plain order came from. */
  readonly #blocks = new Map<string, { name: string; shape: Shape }>();
  /** Copies of values in other layouts, and after how many nodes they were written. */
  readonly #copies = new Map<string, { name: string; at: number }>();

  readonly #convolutions = new Map<string, ConvolutionInOrder>();

  constructor(scope: ModelScope) {
    this.scope = scope;
  }

  get standard(): boolean {
    return this.scope.standard;
  }

  get transposing(): boolean {
    return this.scope.transposing;
  }

  get opset(): number {
    return this.scope.opset;
  }

  get block(): number {
    return this.scope.block;
  }

  many(
    count: number,
    operator: string,
    inputs: readonly string[],
    attributes: Record<string, OnnxAttribute> = {},
    domain = "",
  ): string[] {
    const outputs = Array.from({ length: count }, () => this.scope.name());
    if (domain) this.scope.domains[domain] = 1;
    this.nodes.push({ operator, domain, name: `${this.origin}/${this.nodes.length}`, inputs, outputs, attributes });
    return outputs;
  }

  one(
    operator: string,
    inputs: readonly string[],
    attributes: Record<string, OnnxAttribute> = {},
    domain = "",
  ): string {
    return this.many(1, operator, inputs, attributes, domain)[0];
  }

  /** Tells the runtime a shape. @returns the value's name */
  tell(name: string, shape: Shape, dtype: DType): string {
    this.known.push({ name, type: onnxType(dtype), shape });
    return name;
  }

  scalar(value: number, dtype: DType): string {
    return this.scope.initializer(arrayFrom(dtype, [value]), [], dtype);
  }

  int64(values: readonly number[]): string {
    return this.scope.initializer(BigInt64Array.from(values, BigInt), [values.length], "int64");
  }

  int64Scalar(value: number): string {
    return this.scope.initializer(BigInt64Array.of(BigInt(value)), [], "int64");
  }

  /** A tensor filled with one value; large ones are made by the program instead of being stored in it. */
  full(shape: Shape, value: number, dtype: DType): string {
    if (sizeOf(shape) <= 64)
      return this.scope.initializer(arrayFrom(dtype, new Array(sizeOf(shape)).fill(value)), shape, dtype);
    return this.one("Expand", [this.scalar(value, dtype), this.int64(shape)]);
  }

  /** The same values under another shape; the shape of a reshaped value is taken of what it was before. */
  reshape(name: string, shape: Shape): string {
    const source = this.#unshaped.get(name) ?? name;
    // ONNX reads a 0 as "keep this axis", so empty tensors need the flag that switches this off.
    const zero: Record<string, OnnxAttribute> = shape.includes(0) ? { allowzero: { int: 1 } } : {};
    const out = this.one("Reshape", [source, this.int64(shape)], zero);
    this.#unshaped.set(out, source);
    return out;
  }

  /** A copy under this key, as it was written a few nodes ago or else anew. */
  recent(key: string, write: () => string): string {
    const known = this.#copies.get(key);
    if (known && this.nodes.length - known.at < recentNodes) return known.name;
    const name = write();
    this.#copies.set(key, { name, at: this.nodes.length });
    return name;
  }

  /** The blocks that a value in plain order came from, where that was of this shape. */
  blocksOf(name: string, shape: Shape): string | undefined {
    const known = this.#blocks.get(this.#unshaped.get(name) ?? name);
    return known && sameShape(known.shape, shape) ? known.name : undefined;
  }

  noteBlocks(plain: string, name: string, shape: Shape): void {
    this.#blocks.set(plain, { name, shape });
  }

  /** What the convolution in blocks that made this value reads, where the value lies in memory as it was made. */
  convolutionOf(name: string): ConvolutionInOrder | undefined {
    return this.#convolutions.get(this.#unshaped.get(name) ?? name);
  }

  noteConvolution(name: string, convolution: ConvolutionInOrder): void {
    this.#convolutions.set(name, convolution);
  }

  /** Axes in another order. */
  permute(name: string, shape: Shape, order: readonly number[]): string {
    const positions = order.map((axis) => shape[axis]);
    const last = shape.length - 1;
    const offer = this.#offers.get(this.#unshaped.get(name) ?? name);
    if (offer && sameShape(offer.lead, shape.slice(0, 2)) && sameShape(order, [0, ...range(2, last), 1]))
      return offer.write(positions);
    const out = this.one("Transpose", [name], { perm: { ints: order } });
    if (last > 1 && sameShape(order, [0, last, ...range(1, last - 1)]))
      this.#channelsLast.set(out, { source: name, lead: positions.slice(0, 2) });
    return out;
  }

  /** The same values as [N, ...spatial, C], where they were so before. @param shape [N, C, ...spatial] */
  withChannelsLast(name: string, shape: Shape): string | undefined {
    const known = this.#channelsLast.get(this.#unshaped.get(name) ?? name);
    return known && sameShape(known.lead, shape.slice(0, 2)) ? known.source : undefined;
  }

  /** Says how to write [N, C, ...spatial] as [N, ...spatial, C]. @param lead N and C */
  offerChannelsLast(name: string, lead: Shape, write: (shape: Shape) => string): void {
    this.#offers.set(name, { lead, write });
  }

  cast(name: string, dtype: DType): string {
    return this.one("Cast", [name], { to: { int: onnxType(dtype) } });
  }

  /** A reduction; its axes moved from attribute to input in operator set 13 (sums) and 18 (the others). */
  reduce(operator: string, name: string, axes: readonly number[], keepDims: boolean, dtype: DType): string {
    const keepdims = { int: keepDims ? 1 : 0 };
    const narrow = dtype === "uint8" || dtype === "int8" || dtype === "uint32";
    const input = narrow ? this.cast(name, "int32") : name;
    const out =
      operator === "ReduceSum" || this.opset >= 18
        ? this.one(operator, [input, this.int64(axes)], { keepdims })
        : this.one(operator, [input], { axes: { ints: axes }, keepdims });
    return narrow ? this.cast(out, dtype) : out;
  }
}
