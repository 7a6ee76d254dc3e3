import { DomainError, requireWhole, Tensor, type TypedArray, tensor } from "@paperworks/tensor";

/** Values with a shape, as the loaders of `@paperworks/data` give them. */
export interface BatchArray {
  readonly data: TypedArray | Int16Array | Uint16Array;
  readonly shape: readonly number[];
}

export type Batch = { readonly [name: string]: Tensor | BatchArray };
export type BatchTensors<B extends Batch> = { [K in keyof B]: Tensor };

/** Tensors of a batch under the same names. 16-bit whole numbers become int32; no other value is copied. */
export function tensorsOf<B extends Batch>(batch: B): BatchTensors<B> {
  const convert = (value: Tensor | BatchArray): Tensor => {
    if (value instanceof Tensor) return value;
    const { data, shape } = value;
    const narrow = data instanceof Int16Array || data instanceof Uint16Array;
    return tensor(narrow ? Int32Array.from(data) : data, { shape });
  };
  return Object.fromEntries(Object.entries(batch).map(([name, value]) => [name, convert(value)])) as BatchTensors<B>;
}

export interface FitProgress {
  /** Steps done. */
  step: number;
  /** Steps in all, where it is known. */
  steps?: number;
  loss: number;
  secondsLeft?: number;
  /** What the latest evaluation gave. */
  evaluation?: Readonly<Record<string, number>>;
}

export interface FitOptions<B extends Batch> {
  /** A compiled step over a batch; its result has the loss. */
  step: (batch: BatchTensors<B>) => Promise<{ loss: Tensor }>;
  /** Any number of batches, endless ones with `steps`. */
  batches: Iterable<B> | AsyncIterable<B>;
  /** Ends after so many steps, or with the batches. */
  steps?: number;
  /** Ends with the signal's reason thrown, after the step under way. */
  signal?: AbortSignal;
  /** Called every `every` steps and after the last one; awaited. */
  onProgress?: (progress: FitProgress) => void | Promise<void>;
  /** Steps from one report of progress to the next; a hundredth of the run, or 10. The loss is read only then. */
  every?: number;
  /** Measures the model every `evaluateEvery` steps and after the last one. */
  evaluate?: (step: number) => Promise<Record<string, number>>;
  evaluateEvery?: number;
}

export interface FitResult {
  steps: number;
  /** Of the last step. */
  loss: number;
  seconds: number;
  evaluations: { step: number; values: Readonly<Record<string, number>> }[];
}

/** The first steps compile and warm up: the time left is told from those after. */
const warmup = 3;

/**
 * Runs a training step over batches.
 *
 * @returns what was done; `loss` is NaN if there was no batch
 * @throws the signal's reason when it is aborted, and whatever step, batches or callbacks throw
 */
export async function fit<B extends Batch>(options: FitOptions<B>): Promise<FitResult> {
  const { step, batches, steps, signal, onProgress, evaluate } = options;
  if (steps !== undefined) requireWhole("fit: steps", steps);
  const every = options.every ?? (steps === undefined ? 10 : Math.max(1, Math.floor(steps / 100)));
  requireWhole("fit: every", every, 1);
  const evaluateEvery = options.evaluateEvery ?? Number.POSITIVE_INFINITY;
  if (!(evaluateEvery >= 1)) throw new DomainError(`fit: evaluateEvery must be at least 1, got ${evaluateEvery}`);

  const evaluations: FitResult["evaluations"] = [];
  const start = performance.now();
  let warm = start;
  let done = 0;
  let loss: Tensor | undefined;

  const report = async (): Promise<void> => {
    if (!onProgress || !loss) return;
    const pace = done > warmup ? (performance.now() - warm) / 1000 / (done - warmup) : undefined;
    await onProgress({
      step: done,
      steps,
      loss: await loss.item(),
      secondsLeft: pace === undefined || steps === undefined ? undefined : pace * (steps - done),
      evaluation: evaluations.at(-1)?.values,
    });
  };
  const measure = async (): Promise<void> => {
    if (evaluate) evaluations.push({ step: done, values: await evaluate(done) });
  };

  signal?.throwIfAborted();
  let reported = 0;
  if (steps !== 0) {
    for await (const batch of batches) {
      ({ loss } = await step(tensorsOf(batch)));
      done++;
      if (done === warmup) warm = performance.now();
      signal?.throwIfAborted();
      if (done % evaluateEvery === 0) await measure();
      if (done % every === 0) {
        reported = done;
        await report();
        signal?.throwIfAborted();
      }
      if (done === steps) break;
    }
  }
  if (done > 0 && evaluations.at(-1)?.step !== done) await measure();
  if (reported !== done) await report();
  return {
    steps: done,
    loss: loss ? await loss.item() : Number.NaN,
    seconds: (performance.now() - start) / 1000,
    evaluations,
  };
}
