import { median, type TaskRun } from "@paperworks/experiment";
import type { Tensor } from "@paperworks/tensor";

/** The Transformer with caches that are written in place. */
export const inPlace = "Transformer, in place";
export const streamNames = ["Aaren", "Transformer", inPlace] as const;
export type StreamName = (typeof streamNames)[number];

/** Tokens so far, bytes of the state after them, and seconds for all of them. */
export interface StreamPoint {
  tokens: number;
  bytes: number;
  seconds: number;
}

/** Tokens between two looks at clock and memory. */
const stretch = 16;
const firstRoom = 16;

/** A model that takes one token after the other. */
interface Stream {
  readonly tokens: number;
  readonly bytes: number;
  push(token: Tensor): Promise<Tensor>;
}

/** Makes a stream with room for some tokens. */
type MakeStream = (room: number) => Stream;

/** Compiles the program of each size of the state, so that the clock sees none of it. */
async function warmUp(make: MakeStream, tokens: readonly Tensor[]): Promise<void> {
  for (let room = firstRoom; room <= tokens.length; room *= 2) {
    const stream = make(room);
    for (const token of tokens.slice(0, 3)) await stream.push(token);
  }
}

/**
 * Feeds all streams token by token, each several times in turn where that is quick: of each stretch the middle time
 * counts, so that a busy moment of the machine counts little.
 */
export async function timeStreams(
  makers: Readonly<Record<StreamName, { make: MakeStream; times: number }>>,
  tokens: readonly Tensor[],
  { progress }: Pick<TaskRun, "progress">,
): Promise<Record<StreamName, StreamPoint[]>> {
  const timed = {} as Record<StreamName, StreamPoint[][]>;
  const steps = streamNames.reduce((sum, name) => sum + makers[name].times * tokens.length, 0);
  let step = 0;
  for (const name of streamNames) await warmUp(makers[name].make, tokens);
  for (const name of streamNames) {
    timed[name] = [];
    for (let time = 0; time < makers[name].times; time++) {
      const stream = makers[name].make(firstRoom);
      const points: StreamPoint[] = [];
      for (let start = 0; start < tokens.length; start += stretch) {
        const began = performance.now();
        for (const token of tokens.slice(start, start + stretch)) await stream.push(token);
        const seconds = (performance.now() - began) / 1000;
        points.push({ tokens: stream.tokens, bytes: stream.bytes, seconds });
        step += stretch;
        await progress({ step, steps });
      }
      timed[name].push(points);
    }
  }
  const middle = (repeats: StreamPoint[][]): StreamPoint[] => {
    let seconds = 0;
    return repeats[0].map(({ tokens: done, bytes }, i) => {
      seconds += median(repeats.map((points) => points[i].seconds));
      return { tokens: done, bytes, seconds };
    });
  };
  return {
    Aaren: middle(timed.Aaren),
    Transformer: middle(timed.Transformer),
    [inPlace]: middle(timed[inPlace]),
  };
}
