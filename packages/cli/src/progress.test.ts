import { Writable } from "node:stream";
import { describe, expect, test } from "vitest";
import { ProgressDisplay } from "./progress.ts";
import { alignColumns, outputTo, wrap } from "./terminal.ts";

function display(isTTY: boolean) {
  let text = "";
  let at = 0;
  const stream = new Writable({
    write(chunk, _, done) {
      text += chunk;
      done();
    },
  });
  Object.assign(stream, { isTTY, columns: 60 });
  const shown = new ProgressDisplay(outputTo(stream as NodeJS.WriteStream), { now: () => at });
  const task = { task: "fit", seed: 0 };
  return {
    text: () => text,
    start: () => shown.take({ type: "task-started", ...task, index: 0, count: 4, restored: false }),
    step(step: number, seconds: number) {
      at = seconds * 1000;
      shown.take({ type: "progress", ...task, report: { step, steps: 100, loss: 0.123456 } });
    },
    finish: () => shown.take({ type: "task-finished", ...task, seconds: 8, kept: false }),
  };
}

describe("progress", () => {
  test("on a terminal is one line with step, loss and time left", () => {
    const { text, start, step, finish } = display(true);
    start();
    step(1, 1);
    step(26, 6);
    expect(text()).not.toContain("\n");
    expect(text().split("\r\u001b[2K").at(-1)).toBe("fit 1/4 · step 26/100 · loss 0.1235 · 15 s left");
    finish();
    expect(text().split("\r\u001b[2K").at(-1)).toBe("fit, seed 0: 8.0 s\n");
  });

  test("elsewhere is plain lines, one in ten seconds", () => {
    const { text, start, step } = display(false);
    start();
    for (let second = 1; second <= 25; second++) step(second, second);
    expect(text()).toBe(
      "fit 1/4 · step 10/100 · loss 0.1235 · 1 min 30 s left\nfit 1/4 · step 20/100 · loss 0.1235 · 1 min 20 s left\n",
    );
  });
});

test("text wraps at words and keeps its indent", () => {
  expect(wrap("one two three", 9, "  ")).toBe("  one two\n  three");
});

test("columns align", () => {
  expect(
    alignColumns([
      ["a", "b"],
      ["long", "c"],
    ]),
  ).toEqual(["a     b", "long  c"]);
});
