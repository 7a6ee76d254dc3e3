import { Tensor } from "./tensor.ts";

/** Tensors in arrays and plain objects, nested as one likes: what `jit`, `scan` and `grad` take and give. */
export type Tree = Tensor | readonly Tree[] | { readonly [key: string]: Tree };

const isPlain = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" &&
  value !== null &&
  (Object.getPrototypeOf(value) === Object.prototype || Object.getPrototypeOf(value) === null);

/** The tensors of a tree in a fixed order; anything else is left alone. */
export function treeLeaves(tree: unknown, leaves: Tensor[] = []): Tensor[] {
  if (tree instanceof Tensor) leaves.push(tree);
  else if (Array.isArray(tree)) for (const item of tree) treeLeaves(item, leaves);
  else if (isPlain(tree)) for (const key of Object.keys(tree)) treeLeaves(tree[key], leaves);
  return leaves;
}

/** The same tree with every tensor replaced. */
export function treeMap<T>(tree: T, replace: (leaf: Tensor) => Tensor): T {
  if (tree instanceof Tensor) return replace(tree) as T;
  if (Array.isArray(tree)) return tree.map((item) => treeMap(item, replace)) as T;
  if (isPlain(tree)) return Object.fromEntries(Object.keys(tree).map((key) => [key, treeMap(tree[key], replace)])) as T;
  return tree;
}

/** The same tree with its tensors taken from a list, in the order of `treeLeaves`. */
export function treeFill<T>(tree: T, leaves: readonly Tensor[]): T {
  let i = 0;
  return treeMap(tree, () => leaves[i++]);
}

const identities = new WeakMap<object, number>();
let nextIdentity = 0;

function identityOf(value: object): number {
  const known = identities.get(value);
  if (known !== undefined) return known;
  identities.set(value, nextIdentity);
  return nextIdentity++;
}

/** What distinguishes argument lists that need programs of their own: shapes, dtypes and everything that is no tensor. */
export function treeSignature(tree: unknown): string {
  if (tree instanceof Tensor) return `${tree.dtype}[${tree.shape}]`;
  if (Array.isArray(tree)) return `(${tree.map(treeSignature).join()})`;
  if (isPlain(tree))
    return `{${Object.keys(tree)
      .map((key) => `${JSON.stringify(key)}:${treeSignature(tree[key])}`)
      .join()}}`;
  if (typeof tree === "function" || (typeof tree === "object" && tree !== null)) return `#${identityOf(tree)}`;
  return typeof tree === "string"
    ? JSON.stringify(tree)
    : `${typeof tree} ${Object.is(tree, -0) ? "-0" : String(tree)}`;
}

/** Where each tensor of a tree stands, as a dotted path; the empty path for a tree that is one tensor. */
export function leafPaths(tree: unknown, path = ""): string[] {
  if (tree instanceof Tensor) return [path];
  const inner = (key: string | number): string => (path ? `${path}.${key}` : String(key));
  if (Array.isArray(tree)) return tree.flatMap((item, i) => leafPaths(item, inner(i)));
  if (isPlain(tree)) return Object.keys(tree).flatMap((key) => leafPaths(tree[key], inner(key)));
  return [];
}
