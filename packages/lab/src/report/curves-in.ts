import { readEventLog } from "../event-log.ts";
import { type Curve, curvesOf } from "./curves.ts";

/** The curves of a run, none when its log cannot be read: a report without them is better than none. */
export function curvesIn(eventLog: string): Curve[] {
  try {
    return curvesOf(readEventLog(eventLog));
  } catch {
    return [];
  }
}
