import { DomainError, requireWhole } from "@paperworks/tensor";

/** @throws DomainError unless a stack of such convolutions exists */
export function requireDilations(name: string, kernel: number, factor: number, layers: number): void {
  requireWhole(`${name}: kernel`, kernel, 2);
  requireWhole(`${name}: factor`, factor, 1);
  requireWhole(`${name}: layers`, layers, 1);
}

/**
 * How many tokens a stack of convolutions sees whose dilation grows by a factor f a layer, 1, f, …, f^{D−1}:
 *
 *   RF = 1 + (K − 1)(1 + f + … + f^{D−1}) = 1 + (K − 1)(f^D − 1)/(f − 1)
 *
 * Every one of them is reached exactly if f ≤ K; above, tokens lie in holes that no path leads to.
 *
 * @param kernel K of at least 2 @param factor f @param layers D
 * @throws DomainError for numbers that are not whole or too small
 */
export function dilatedReceptiveField(kernel: number, factor: number, layers: number): number {
  requireDilations("dilatedReceptiveField", kernel, factor, layers);
  let steps = 0;
  for (let layer = 0; layer < layers; layer++) steps += factor ** layer;
  return 1 + (kernel - 1) * steps;
}

/** Which of the tokens 0 … RF − 1 before the output a stack reaches: the offsets Σ_i a_i f^i, a_i = 0 … K − 1. */
export function reachedOffsets(kernel: number, factor: number, layers: number): boolean[] {
  const reached = new Array<boolean>(dilatedReceptiveField(kernel, factor, layers)).fill(false);
  reached[0] = true;
  for (let layer = 0, dilation = 1; layer < layers; layer++, dilation *= factor) {
    // From the far end, so that a layer adds its taps to what the layers before it reach, and not to its own.
    for (let offset = reached.length - 1; offset >= 0; offset--) {
      for (let tap = 1; !reached[offset] && tap < kernel && tap * dilation <= offset; tap++)
        reached[offset] = reached[offset - tap * dilation];
    }
  }
  return reached;
}

export interface TcnPlan {
  /** f, the factor between the dilations of two layers. */
  readonly factor: number;
  readonly layers: number;
  /** At least the length asked for. */
  readonly receptiveField: number;
}

/**
 * The fewest layers that see `length` tokens without a hole, and the smallest factor f ≤ K with which so few do. D layers reach
 * K^D tokens at most.
 *
 * @throws DomainError for a length below 1 or a kernel below 2
 */
export function planTcn(length: number, kernel: number): TcnPlan {
  requireWhole("planTcn: length", length, 1);
  requireWhole("planTcn: kernel", kernel, 2);
  let layers = 1;
  while (dilatedReceptiveField(kernel, kernel, layers) < length) layers++;
  for (let factor = 1; factor <= kernel; factor++) {
    const receptiveField = dilatedReceptiveField(kernel, factor, layers);
    if (receptiveField >= length) return { factor, layers, receptiveField };
  }
  throw new DomainError(`planTcn: ${length} tokens are too many`);
}
