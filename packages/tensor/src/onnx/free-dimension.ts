import { DomainError } from "../errors.ts";
import { type Field, numberField, readMessage, sameBytes, textField, textOf, writeMessage } from "./message.ts";

/**
 * Recorded shapes are numbers. A model whose first dimension is free is found by recording it with several sizes B and
 * comparing: dimensions that differ become free, and shapes inside, which are constants of the form a·B + c, are computed
 * from the shape of an input as it comes in.
 */
interface Sizes {
  readonly sizes: readonly number[];
  /** An input whose first dimension is free: its shape tells the size. */
  readonly source: string;
}

const dimension = "batch";
const sizeName = "batch_size";
const int64Type = 7;

/** Parts of an ONNX file that are looked into where two differ, by field number (onnx.proto). */
interface Level {
  name: string;
  inside: Readonly<Record<number, Level>>;
  /** A field that is only a label. */
  label?: number;
}
const dim: Level = { name: "dimension", inside: {} };
const shape: Level = { name: "shape", inside: { 1: dim } };
const type: Level = { name: "type", inside: { 1: { name: "tensor type", inside: { 2: shape } } } };
const value: Level = { name: "value", inside: { 2: type } };
const attribute: Level = { name: "attribute", inside: {} };
const node: Level = { name: "node", inside: { 5: attribute }, label: 3 };
const initializer: Level = { name: "initializer", inside: {} };
const graph: Level = { name: "graph", inside: { 1: node, 5: initializer, 11: value, 12: value, 13: value }, label: 2 };
(attribute.inside as Record<number, Level>)[6] = graph;
const model: Level = { name: "model", inside: { 7: graph } };

const refuse = (what: string): never => {
  throw new DomainError(`exportOnnx: the model cannot take any batch size: ${what}; export it without \`batched\``);
};

/** The slope and the start of the line through a number seen at each size, or undefined where there is no such line. */
function line(values: readonly number[], sizes: readonly number[]): { slope: number; start: number } | undefined {
  const slope = (values[1] - values[0]) / (sizes[1] - sizes[0]);
  const start = values[0] - slope * sizes[0];
  return values.every((v, i) => v === slope * sizes[i] + start) && Number.isInteger(slope)
    ? { slope, start }
    : undefined;
}

/** A dimension by name: `batch`, or a name of its own where it is another number for each size. */
function freeDimension(values: readonly number[], { sizes }: Sizes): Field {
  const law = line(values, sizes) ?? refuse(`a dimension is ${values.join(", ")} for the sizes ${sizes.join(", ")}`);
  const { slope, start } = law;
  return textField(2, slope === 1 && start === 0 ? dimension : `${dimension}_${slope}_${start}`);
}

/** A node of an operator without attributes. */
const nodeField = (operator: string, inputs: readonly string[], output: string, attributes: Field[] = []): Field => ({
  tag: 1,
  wire: 2,
  value: writeMessage([
    ...inputs.map((name) => textField(1, name)),
    textField(2, output),
    textField(3, `${dimension}/${output}`),
    textField(4, operator),
    ...attributes,
  ]),
});

const bytesOf = (values: BigInt64Array): Uint8Array => new Uint8Array(values.buffer);

const constantField = (name: string, values: readonly number[]): Field => ({
  tag: 5,
  wire: 2,
  value: writeMessage([
    numberField(1, values.length),
    numberField(2, int64Type),
    textField(8, name),
    { tag: 9, wire: 2, value: bytesOf(BigInt64Array.from(values, BigInt)) },
  ]),
});

/** The graph's parts that compute numbers a·B + c, int64 [count], under a name. */
function computedNumbers(name: string, values: readonly (readonly number[])[], { sizes }: Sizes): Field[] {
  const laws = values[0].map((first, i) => {
    const seen = values.map((list) => list[i]);
    return line(seen, sizes) ?? refuse(`a number inside is ${first} for ${sizes[0]} and follows no line`);
  });
  const [slopes, starts, product] = [`${name}_slope`, `${name}_start`, `${name}_product`];
  return [
    constantField(
      slopes,
      laws.map(({ slope }) => slope),
    ),
    constantField(
      starts,
      laws.map(({ start }) => start),
    ),
    nodeField("Mul", [sizeName, slopes], product),
    nodeField("Add", [product, starts], name),
  ];
}

/** The one element that a constant repeats, or undefined. */
function repeated(raw: Uint8Array, count: number): Uint8Array | undefined {
  const width = raw.length / count;
  return raw.every((byte, i) => byte === raw[i % width]) ? raw.slice(0, width) : undefined;
}

/** The graph's parts that compute what was a constant: a shape, or a tensor filled with one value. */
function computedConstant(name: string, versions: readonly Field[][], sizes: Sizes): Field[] {
  const dims = versions.map((fields) => fields.flatMap(({ tag, value }) => (tag === 1 ? [Number(value)] : [])));
  const raws = versions.map((fields) => fields.find(({ tag }) => tag === 9)?.value as Uint8Array);
  const elementType = Number(versions[0].find(({ tag }) => tag === 2)?.value);
  if (dims.every((list) => list.join() === dims[0].join())) {
    if (elementType !== int64Type) refuse(`the values of a constant [${dims[0].join(", ")}] differ from size to size`);
    const values = raws.map((raw) => Array.from(new BigInt64Array(raw.slice().buffer), Number));
    if (dims[0].length > 0) return computedNumbers(name, values, sizes);
    return [...computedNumbers(`${name}_one`, values, sizes), nodeField("Squeeze", [`${name}_one`], name)];
  }
  const fills = raws.map((raw, i) =>
    repeated(
      raw,
      dims[i].reduce((a, b) => a * b, 1),
    ),
  );
  const [fill] = fills;
  if (
    !fill ||
    fills.some((other) => !other || !sameBytes(other, fill)) ||
    dims.some(({ length }) => length !== dims[0].length)
  )
    return refuse(`it holds a constant [${dims[0].join(", ")}] with a value for each example`);
  return [
    {
      tag: 5,
      wire: 2,
      value: writeMessage([
        numberField(2, elementType),
        textField(8, `${name}_fill`),
        { tag: 9, wire: 2, value: fill },
      ]),
    },
    ...computedNumbers(`${name}_shape`, dims, sizes),
    nodeField("Expand", [`${name}_fill`, `${name}_shape`], name),
  ];
}

/** Where the computed shapes start from. */
function sizeNode({ source }: Sizes): Field {
  const attributeField = (name: string, int: number): Field => ({
    tag: 5,
    wire: 2,
    value: writeMessage([textField(1, name), numberField(3, int), numberField(20, 2)]),
  });
  return nodeField("Shape", [source], sizeName, [attributeField("start", 0), attributeField("end", 1)]);
}

/** Makes one message of the same message recorded with each size; constants that become computed go to `computed`. */
function merge(messages: readonly Uint8Array[], sizes: Sizes, level: Level, computed: Field[]): Uint8Array {
  const [message] = messages;
  if (messages.every((other) => sameBytes(other, message))) return message;
  const versions = messages.map(readMessage);
  const [first] = versions;
  if (level === dim) {
    return writeMessage([
      freeDimension(
        versions.map(([field]) => Number(field.value)),
        sizes,
      ),
    ]);
  }
  const name = textOf(first, level === node ? 4 : level === initializer ? 8 : level === graph ? 2 : 1);
  if (level === initializer) {
    computed.push(...computedConstant(name, versions, sizes));
    return new Uint8Array(0);
  }
  if (versions.some((fields) => fields.length !== first.length || fields.some(({ tag }, i) => tag !== first[i].tag)))
    refuse(`its ${level.name} ${name} has other parts for other sizes`);
  const shapes: Field[] = [];
  const fields = first.flatMap((field, i): Field[] => {
    if (field.tag === level.label) return [field];
    const values = versions.map((version) => version[i].value);
    const inner = level.inside[field.tag];
    if (inner) {
      const merged = merge(values as Uint8Array[], sizes, inner, level === graph ? shapes : computed);
      return inner === initializer && merged.length === 0 ? [] : [{ ...field, value: merged }];
    }
    const [v] = values;
    const same = values.every(
      (w) => w === v || (w instanceof Uint8Array && v instanceof Uint8Array && sameBytes(w, v)),
    );
    return same ? [field] : refuse(`its ${level.name} ${name} differs from size to size`);
  });
  return writeMessage(shapes.length > 0 ? [sizeNode(sizes), ...shapes, ...fields] : fields);
}

/**
 * @param files  one model, recorded with each size of its first dimension: at least three
 * @param source an input that has this dimension
 * @returns      the model for any size
 * @throws DomainError if something inside depends on the size in another way than a shape does
 */
export const freeFirstDimension = (
  files: readonly Uint8Array[],
  sizes: readonly number[],
  source: string,
): Uint8Array => merge(files, { sizes, source }, model, []);
