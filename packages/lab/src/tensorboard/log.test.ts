import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { decode } from "fast-png";
import { afterAll, expect, test } from "vitest";
import { fixturePaper } from "../fixture-paper.ts";
import { runPaper } from "../run-paper.ts";
import { frameRecord } from "./record.ts";
import { TensorBoardWriter } from "./writer.ts";

const parent = mkdtempSync(join(tmpdir(), "paperworks-tensorboard-"));
afterAll(() => rmSync(parent, { recursive: true }));

/** CRC-32C a bit at a time, from its polynomial 1EDC6F41₁₆ (reflected 82F63B78₁₆). */
function crc32c(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
  }
  return ~crc >>> 0;
}

const unmask = (masked: number) => {
  const rotated = (masked - 0xa282ead8) >>> 0;
  return ((rotated >>> 17) | (rotated << 15)) >>> 0;
};

/** The records of a TFRecord file, every checksum checked. */
function records(file: Uint8Array): Uint8Array[] {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const found: Uint8Array[] = [];
  for (let at = 0; at < file.length; ) {
    const length = Number(view.getBigUint64(at, true));
    expect(unmask(view.getUint32(at + 8, true))).toBe(crc32c(file.subarray(at, at + 8)));
    const data = file.subarray(at + 12, at + 12 + length);
    expect(data).toHaveLength(length);
    expect(unmask(view.getUint32(at + 12 + length, true))).toBe(crc32c(data));
    found.push(data);
    at += 16 + length;
  }
  return found;
}

/** The fields of a protobuf message by their numbers: varints as numbers, the others as bytes. */
function fields(message: Uint8Array): Map<number, number | Uint8Array> {
  const found = new Map<number, number | Uint8Array>();
  let at = 0;
  const varint = () => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = message[at++];
      value |= BigInt(byte & 127) << shift;
      if (byte < 128) return Number(value);
    }
  };
  while (at < message.length) {
    const key = varint();
    const wire = key & 7;
    const length = wire === 0 ? 0 : wire === 1 ? 8 : wire === 5 ? 4 : varint();
    found.set(key >> 3, wire === 0 ? varint() : message.subarray(at, at + length));
    at += length;
  }
  return found;
}

const bytesOf = (value: number | Uint8Array | undefined) => value as Uint8Array;
const viewOf = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
const textOf = (value: number | Uint8Array | undefined) => new TextDecoder().decode(bytesOf(value));

function read(folder: string) {
  const [name] = readdirSync(folder);
  expect(name).toMatch(/^events\.out\.tfevents\.\d{10}\.paperworks\.001$/);
  const events = records(readFileSync(join(folder, name))).map(fields);
  return events.map((event) => {
    expect(viewOf(bytesOf(event.get(1))).getFloat64(0, true)).toBeCloseTo(Date.now() / 1000, -2);
    const summary = event.get(5);
    const value = summary === undefined ? undefined : fields(bytesOf(fields(bytesOf(summary)).get(1)));
    return { event, step: Number(event.get(2) ?? 0), tag: value && textOf(value.get(1)), value };
  });
}

test("a run's losses, metrics, claims and pictures are read back from its event files", async () => {
  const out = join(parent, "run");
  await runPaper(fixturePaper, { out, tensorboard: true, settings: { stepMilliseconds: 0 } });
  expect(readdirSync(join(out, "tensorboard")).sort()).toEqual([
    "descend%2Fquickly.0",
    "descend%2Fquickly.1",
    "descend%2Fquickly.2",
    "run",
  ]);
  const [version, ...losses] = read(join(out, "tensorboard/descend%2Fquickly.1"));
  expect(textOf(version.event.get(3))).toBe("brain.Event:2");
  const last = losses.at(-1)!;
  expect([last.tag, last.step]).toEqual(["loss", 10]);
  const loss = viewOf(bytesOf(last.value!.get(2))).getFloat32(0, true);
  expect(loss).toBe(Math.fround(Math.exp(-1) + 0.01));
  const rest = read(join(out, "tensorboard/run"));
  expect(rest.filter(({ tag }) => tag === "metrics/last").map(({ step }) => step)).toEqual([0, 1, 2]);
  expect(rest.filter(({ tag }) => tag === "claims/gain")).toHaveLength(3);
  const image = fields(bytesOf(rest.find(({ tag }) => tag === "images/digit")!.value!.get(4)));
  expect([1, 2, 3].map((field) => image.get(field))).toEqual([1, 2, 1]);
  expect([...decode(bytesOf(image.get(4))).data]).toEqual([0, 255]);
});

test("a file that goes on from a step says that what is beyond it no longer counts", () => {
  const folder = join(parent, "on");
  new TensorBoardWriter(folder, { step: 300 }).write(300, { type: "scalar", tag: "loss", value: Number.NaN });
  const [, begin, scalar] = read(folder);
  expect([begin.step, fields(bytesOf(begin.event.get(7))).get(1)]).toEqual([300, 1]);
  expect(viewOf(bytesOf(scalar.value!.get(2))).getFloat32(0, true)).toBeNaN();
});

test("the checksum is that of the published example", () => {
  expect(crc32c(new TextEncoder().encode("123456789"))).toBe(0xe3069283);
  const record = frameRecord(new TextEncoder().encode("123456789"));
  expect(unmask(viewOf(record).getUint32(12 + 9, true))).toBe(0xe3069283);
});
