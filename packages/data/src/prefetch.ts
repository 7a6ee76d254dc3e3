import { checkInteger } from "./domain.ts";

/**
 * Keeps up to `depth` results of a slower source under way while the consumer works; order and errors stay as they are.
 * The source is asked for one result after another, never for two at once, and is closed when the consumer stops early.
 */
export async function* prefetch<T>(source: AsyncIterable<T>, depth: number): AsyncGenerator<T, void, undefined> {
  checkInteger("depth", depth, 1);
  const iterator = source[Symbol.asyncIterator]();
  const underWay: Promise<IteratorResult<T>>[] = [];
  let last: Promise<unknown> = Promise.resolve();
  let finished = false;
  const ask = () => {
    const result = last.then(() => iterator.next());
    // A failure is thrown where the consumer meets it; until then it must not count as unhandled.
    result.catch(() => {});
    last = result;
    underWay.push(result);
  };
  try {
    while (true) {
      while (underWay.length < depth) ask();
      const result = await (underWay.shift() as Promise<IteratorResult<T>>);
      if (result.done) {
        finished = true;
        return;
      }
      ask();
      yield result.value;
    }
  } finally {
    if (!finished) await iterator.return?.();
  }
}
