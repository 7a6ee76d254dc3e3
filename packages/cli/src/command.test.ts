import type { ChildProcess } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseJson, type RunResult, repeatablePart } from "@paperworks/experiment";
import { afterAll, beforeEach, describe, expect, test, vi } from "vitest";
import { startCommand } from "./fixture-process.ts";

const parent = mkdtempSync(join(tmpdir(), "paperworks-command-"));
afterAll(() => rmSync(parent, { recursive: true }));
let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(parent, "case-"));
});

/** Starts the command as a real process in a folder of its own, with the fixture paper alone. */
const paperworks = (args: readonly string[], onStart?: (child: ChildProcess) => void) =>
  startCommand(folder, args, onStart);

const result = (text: string) => parseJson(text) as RunResult;

describe("run", () => {
  test("ends with 0 when no judged claim is missed, and says where everything is", async () => {
    const { code, stdout, stderr } = await paperworks(["run", "fixture"]);
    expect(code).toBe(0);
    const [run] = readdirSync(join(folder, "runs"));
    expect(stdout).toContain(`Everything is in ${join(folder, "runs", run)}`);
    expect(stdout).toMatch(/^reproduced {2}gain {2,}1 {2,}≥ 0\.5$/m);
    expect(stdout).toMatch(/^not judged {2}gain\.real/m);
    expect(stdout).toContain("2 reproduced, 1 not judged");
    expect(stderr).toContain("descend/quickly, seed 2:");
    expect(stderr).toContain("claim gain: 1, reproduced");
    expect(stdout + stderr).not.toContain("\u001b");
  });

  test("ends with 1 when a judged claim is missed or inconclusive", async () => {
    expect((await paperworks(["run", "fixture", "--set", "gain=0"])).code).toBe(1);
    const { code, stdout } = await paperworks(["run", "fixture", "--set", "gain=0.5", "--set", "spread=1"]);
    expect(code).toBe(1);
    expect(stdout).toContain("1 reproduced, 1 inconclusive, 1 not judged");
  });

  test("ends with 1 and one line when the experiment throws", async () => {
    const { code, stderr } = await paperworks(["run", "fixture", "--set", "ending=throw", "--json"]);
    expect([code, stderr]).toEqual([1, "error: the run failed: RangeError: the fixture was told to fail\n"]);
  });

  test("prints the result alone with --json", async () => {
    const args = ["run", "fixture", "--json", "--seed", "4", "--seeds", "2", "--set", "rate=0.5", "--out", "here"];
    const { code, stdout, stderr } = await paperworks(args);
    expect([code, stderr]).toEqual([0, ""]);
    const printed = result(stdout);
    expect(printed).toMatchObject({ slug: "fixture", mode: "full", seed: 4, seeds: 2, status: "finished" });
    expect(printed.settings.rate).toBe(0.5);
    expect(printed.claims[0].values).toEqual([1, 1]);
    expect(result(readFileSync(join(folder, "here/result.json"), "utf8"))).toEqual(printed);
  });

  test("judges nothing with --quick", async () => {
    const { code, stdout } = await paperworks(["run", "fixture", "--quick", "--set", "gain=0", "--json"]);
    expect(code).toBe(0);
    expect(result(stdout).claims.map(({ reason }) => reason)).toEqual(["quick run", "quick run", "quick run"]);
  });
});

describe("Ctrl-C", () => {
  const slow = ["run", "fixture", "--json", "--out", "here", "--set", "stepMilliseconds=40"];

  test("ends with 130, keeps the partial run, and the same command goes on to the same numbers", async () => {
    const events = join(folder, "here/events.jsonl");
    const first = await paperworks(slow, (child) => {
      const watch = setInterval(() => {
        if (!existsSync(events) || !readFileSync(events, "utf8").includes('"task-finished"')) return;
        clearInterval(watch);
        child.kill("SIGINT");
      }, 10);
    });
    expect(first.code).toBe(130);
    expect(first.stderr).toMatch(/Interrupted; what is done is kept/);
    expect(result(first.stdout).status).toBe("interrupted");
    expect(result(readFileSync(join(folder, "here/result.json"), "utf8")).status).toBe("interrupted");
    const second = await paperworks(slow);
    expect(second.code).toBe(0);
    expect(result(second.stdout).times.tasks[0]).toMatchObject({ seed: 0, kept: true });
    const whole = await paperworks([...slow.slice(0, 3), ...slow.slice(5)]);
    expect(repeatablePart(result(second.stdout))).toEqual(repeatablePart(result(whole.stdout)));
  });

  test("is not even needed: a run that was killed goes on to the same numbers too", async () => {
    const events = join(folder, "here/events.jsonl");
    const killed = await paperworks(slow, (child) => {
      const watch = setInterval(() => {
        if (!existsSync(events) || !readFileSync(events, "utf8").includes('"task-finished"')) return;
        clearInterval(watch);
        child.kill("SIGKILL");
      }, 10);
    });
    expect([killed.code, existsSync(join(folder, "here/result.json"))]).toEqual([null, false]);
    const second = await paperworks(slow);
    expect(result(second.stdout).times.tasks[0]).toMatchObject({ seed: 0, kept: true });
    const whole = await paperworks([...slow.slice(0, 3), ...slow.slice(5)]);
    expect(repeatablePart(result(second.stdout))).toEqual(repeatablePart(result(whole.stdout)));
  });

  test.skipIf(process.platform === "win32")(
    "in a terminal reaches the run's process too, and stops it in order",
    async () => {
      const press = (child: ChildProcess) => {
        child.stderr?.on("data", (text) => {
          if (String(text).includes("descend/quickly, seed 0")) process.kill(-child.pid!, "SIGINT");
        });
      };
      const args = ["run", "fixture", "--out", "here", "--set", "stepMilliseconds=20"];
      const { code, stderr } = await startCommand(folder, args, press, { detached: true });
      expect(code).toBe(130);
      expect(stderr).toMatch(/Stopping: keeping what is done .*\n(?:.*\n)*Interrupted; what is done is kept/);
      expect(result(readFileSync(join(folder, "here/result.json"), "utf8"))).toMatchObject({
        status: "interrupted",
        times: { tasks: [{ seed: 0 }] },
      });
    },
  );

  test("pressed twice ends at once, and leaves no process behind", async () => {
    const stuck = ["run", "fixture", "--quick", "--out", "here", "--set", "ending=hang"];
    const { code } = await paperworks(stuck, (child) => {
      child.stderr?.on("data", (text) => {
        // The digits are the last task: from then on the run's process hears nothing.
        if (/digits, seed 0|Stopping/.test(String(text))) child.kill("SIGINT");
      });
    });
    expect(code).toBe(130);
    const { pid } = JSON.parse(readFileSync(join(folder, "here/run.lock"), "utf8"));
    // The system takes a moment to end a process.
    await vi.waitFor(() => expect(() => process.kill(pid, 0)).toThrow(/ESRCH/), { timeout: 5000 });
  });
});

describe("bad input", () => {
  test.each([
    [
      "an unknown paper, with the nearest",
      ["run", "fixtrue"],
      /no paper is called "fixtrue": did you mean "fixture"\?/,
    ],
    ["an unknown paper to show", ["show", "nonesuch"], /no paper is called "nonesuch" \(`paperworks list` shows all\)/],
    ["a negative seed", ["run", "fixture", "--seed", "-1"], /'-1' is invalid\. It takes a whole number of 0 or more/],
    ["no seeds", ["run", "fixture", "--seeds", "0"], /'0' is invalid\. It takes a whole number of 1 or more/],
    ["a seed that is no number", ["run", "fixture", "--seed", "1.5"], /whole number/],
    [
      "an unknown setting",
      ["run", "fixture", "--set", "rat=1"],
      /no setting is called "rat": this paper has rate, gain/,
    ],
    ["a setting out of its range", ["run", "fixture", "--set", "rate=2"], /setting rate: 2 is outside 0 … 1/],
    ["a setting without a value", ["run", "fixture", "--set", "rate"], /takes name=value/],
    ["an unknown device", ["run", "fixture", "--device", "abacus"], /Allowed choices are cpu, wasm, webgpu, cuda/],
    ["a device that is not here", ["run", "fixture", "--device", "cuda"], /device cuda is not available here/],
    ["no threads", ["run", "fixture", "--threads", "0"], /whole number of 1 or more/],
    ["quick and full at once", ["run", "fixture", "--quick", "--full"], /cannot be used with option '--full'/],
    [
      "a data folder that is not there",
      ["run", "fixture", "--data", "nowhere"],
      /data folder .*nowhere: it does not exist/,
    ],
    ["a corrupt data file", ["run", "fixture", "--set", "ending=corrupt"], /digits\.idx: 7 bytes; expected 8 bytes/],
    ["a time without its unit", ["run", "fixture", "--timeout", "10"], /takes a time with its unit, such as 90s/],
    ["a size that is none", ["run", "fixture", "--memory", "much"], /takes a size with its unit, such as 800mb/],
    ["force on a folder of other files", ["run", "fixture", "--out", ".", "--force"], /it is no run folder/],
    ["an experiment file that is missing", ["run", "./mine.ts"], /experiment file .*mine\.ts: there is no such file/],
    ["an experiment file that is none", ["run", "./other.js"], /its default export is no paper/],
    ["a name that cannot be one", ["new", "My Experiment"], /name is lower-case words joined by "-"/],
    ["a starter file that is there", ["new", "taken"], /taken\.ts is there already/],
    ["an unknown run", ["runs", "show", "x"], /no run in runs is called "x" \(/],
    [
      "a run that would lead out of the folder",
      ["runs", "rm", "..", "--runs", "inner"],
      /no run in inner is called "\.\."/,
    ],
    [
      "a folder of other files",
      ["run", "fixture", "--out", "."],
      /it holds other files \(other\.js, other\.txt, taken\.ts\)/,
    ],
    ["an unwritable folder", ["run", "fixture", "--out", "other.txt/run"], /run folder .*: it cannot be written/],
    [
      "a folder where none can be",
      ["run", "fixture", "--out", "/proc/run"],
      /run folder \/proc\/run: it cannot be written/,
    ],
    ["an unknown option", ["run", "fixture", "--qiuck"], /unknown option '--qiuck' \(Did you mean --quick\?\)/],
    ["an unknown command", ["rnu", "fixture"], /unknown command 'rnu'/],
    ["a paper left out", ["run"], /missing required argument 'slug'/],
    [
      "a dataset that cannot be fetched",
      ["data", "fetch", "imagenet"],
      /"imagenet" cannot be fetched; these can: mnist/,
    ],
    ["an unknown paper among several", ["reproduce", "fixture", "fixtur"], /did you mean "fixture"/],
  ])("%s is one clear line and exit code 2", async (_, args, message) => {
    writeFileSync(join(folder, "other.txt"), "x");
    writeFileSync(join(folder, "other.js"), "export default { slug: 1 };");
    writeFileSync(join(folder, "taken.ts"), "mine");
    const { code, stdout, stderr } = await paperworks([...args, ...(args[0] === "run" ? ["--json"] : [])]);
    expect(stderr).toMatch(message);
    expect(stderr.trim().split("\n")).toHaveLength(1);
    expect(stderr).not.toContain("    at ");
    expect(code).toBe(2);
    // A corrupt file comes to light in the middle of a run, which has a result by then.
    if (!args.includes("ending=corrupt")) expect(stdout).toBe("");
  });
});

test("a finished run in its folder is printed, not run again; other settings are refused", async () => {
  const args = ["run", "fixture", "--quick", "--json", "--out", "here"];
  const first = await paperworks(args);
  const again = await paperworks(args);
  expect(again.stdout).toBe(first.stdout);
  const other = await paperworks([...args, "--seed", "1"]);
  expect([other.code, other.stderr]).toEqual([
    2,
    expect.stringMatching(/a run with seed 0, not 1; name another folder, or start anew there \(--force\)/),
  ]);
});

test("a run that crashes is failed with its reason, the command lives, and --force starts anew", async () => {
  const args = ["run", "fixture", "--quick", "--json", "--out", "here"];
  const crashed = await paperworks([...args, "--set", "ending=kill"]);
  expect(crashed.code).toBe(1);
  expect(crashed.stderr).toMatch(
    /^error: the run failed: ProcessCrashError: .*SIGKILL.*--out .*here goes on with it\n$/,
  );
  expect(result(crashed.stdout)).toMatchObject({ status: "failed", error: { name: "ProcessCrashError" } });
  const anew = await paperworks([...args, "--set", "ending=well", "--force", "--tensorboard"]);
  expect([anew.code, result(anew.stdout).status]).toEqual([0, "finished"]);
  expect(readdirSync(join(folder, "here/tensorboard")).sort()).toEqual(["descend%2Fquickly.0", "run"]);
});

test("list, show and data print for people and as JSON", async () => {
  const list = await paperworks(["list"]);
  expect(list.stdout).toMatch(/^fixture {2}training {2}2026 {2}A <fixture>/m);
  expect(JSON.parse((await paperworks(["list", "--json"])).stdout)).toHaveLength(1);
  const { stdout } = await paperworks(["show", "fixture"]);
  expect(stdout).toContain("gain.real: ≥ 0.5 (needs mnist)");
  expect(stdout).toMatch(/rate {2,}0\.1 {2,}0 … 1 {2,}how fast it falls/);
  expect(JSON.parse((await paperworks(["show", "fixture", "--json"])).stdout).claims).toHaveLength(3);
  mkdirSync(join(folder, "data/text"), { recursive: true });
  writeFileSync(join(folder, "data/text/tinyshakespeare.txt"), "To be");
  writeFileSync(join(folder, "data/ETTh1.csv"), "date,a\n");
  const data = await paperworks(["data", "--data", "data"]);
  expect(data.code).toBe(0);
  expect(data.stdout).toMatch(/^tinyshakespeare +folder +5 +.*tinyshakespeare\.txt$/m);
  expect(data.stdout).toMatch(/^ETTh1 +broken/m);
  expect(data.stdout).toMatch(/^wikitext2 +not found +paperworks data fetch wikitext2$/m);
});

test("demo takes one seed and ends with 0 whatever the verdicts, and says how to see more", async () => {
  const { code, stdout } = await paperworks(["demo", "fixture"]);
  expect(code).toBe(0);
  expect(stdout).toContain("npx paperworks show fixture");
});
