import { ours, type Peer } from "./peers.ts";
import { Served, UnavailableError } from "./served.ts";
import { median } from "./statistics.ts";

export interface Plan {
  rounds: number;
  /** Time of one side of a round. */
  roundMs: number;
  /** Steps before anything is counted. */
  warmup: number;
  /** Time that one pair may take: a peer whose step takes half a minute gets fewer rounds, of one step each. */
  longestMs: number;
}

export interface Comparison {
  ours_ms: number;
  peer_ms: number;
  /** Median over the rounds of the peer's time over ours, with its extremes. */
  ratio: number;
  low: number;
  high: number;
}

/** A step that is warm, with the number of steps that fill its side of a round. */
export interface Warm {
  served: Served;
  stepMs: number;
  steps: number;
  parameters: number;
  macs: number;
  /** The very first step, in seconds: recording, compiling, running. */
  firstStep: number;
  firstLoss: number;
  note?: string;
}

/** A step so long that it is not warmed up further. */
const slowMs = 5000;

/** Starts and warms up a step. @throws UnavailableError with the reason if it does not run */
export async function start(peer: Peer, file: string, plan: Plan): Promise<Warm> {
  const [first, ...others] = peer.environments ?? [{}];
  let best = await startIn(first, peer, file, plan);
  for (const environment of others) {
    const other = await startIn(environment, peer, file, plan);
    const slower = other.stepMs < best.stepMs ? best : other;
    if (slower === best) best = other;
    slower.served.end();
  }
  return best;
}

async function startIn(
  environment: Readonly<Record<string, string>>,
  peer: Peer,
  file: string,
  plan: Plan,
): Promise<Warm> {
  const served = new Served(peer, file, environment);
  try {
    const { parameters, macs = 0, note } = await served.ready();
    const first = await served.run(1);
    let stepMs = median((await served.run(1)).ms);
    if (stepMs < slowMs) {
      await served.run(plan.warmup - 1);
      stepMs = median((await served.run(5)).ms);
    }
    const steps = Math.max(1, Math.min(2000, Math.round(plan.roundMs / stepMs)));
    const [firstStep, firstLoss] = [first.ms[0] / 1000, first.losses[0]];
    return { served, stepMs, steps, parameters, macs, firstStep, firstLoss, note };
  } catch (error) {
    served.end();
    throw error;
  }
}

/** Rounds of two steps in turn, so that what else the machine does falls on both. */
export async function interleave(a: Warm, b: Warm, plan: Plan): Promise<{ a: number[]; b: number[] }> {
  const times = { a: [] as number[], b: [] as number[] };
  const affordable = Math.floor(plan.longestMs / (a.stepMs * a.steps + b.stepMs * b.steps));
  const rounds = Math.max(1, Math.min(plan.rounds, affordable));
  for (let round = 0; round < rounds; round++) {
    for (const [side, { served, steps }] of [["a", a] as const, ["b", b] as const]) {
      const { ms } = await served.run(steps);
      times[side].push(median(ms));
    }
  }
  return times;
}

/** The same batch again and again must be learned: a step that does not train is no step. */
async function requireLearning({ served, firstLoss }: Warm): Promise<void> {
  const { losses } = await served.run(1);
  if (!(losses[0] < firstLoss))
    throw new UnavailableError(`its loss did not fall: ${firstLoss.toFixed(4)} at first, ${losses[0]} at last`);
}

export async function compare(our: Warm, peer: Peer, file: string, plan: Plan): Promise<Comparison> {
  const other = await start(peer, file, plan);
  try {
    if (other.parameters !== our.parameters)
      throw new UnavailableError(`trains ${other.parameters} values, ${ours.name} ${our.parameters}`);
    const { a, b } = await interleave(our, other, plan);
    await requireLearning(our);
    await requireLearning(other);
    const ratios = b.map((ms, round) => ms / a[round]);
    return {
      ours_ms: median(a),
      peer_ms: median(b),
      ratio: median(ratios),
      low: Math.min(...ratios),
      high: Math.max(...ratios),
    };
  } finally {
    other.served.end();
  }
}
