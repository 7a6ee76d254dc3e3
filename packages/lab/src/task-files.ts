import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import {
  type Finding,
  type JsonValue,
  parseJson,
  stringifyJson,
  type TaskRecord,
  type TaskStore,
} from "@paperworks/experiment";
import { writeFileAtomic } from "./atomic-file.ts";
import { RunFolderError } from "./errors.ts";

const version = 1;

/**
 * Keeps tasks as files in a folder: `<task>.<seed>.json` for a finished one, with the bytes of models and images in
 * base64, and `<task>.<seed>.checkpoint` for the state of one under way.
 */
export function fileTaskStore(folder: string): TaskStore {
  const path = (task: string, seed: number, ending: string) =>
    join(folder, `${encodeURIComponent(task)}.${seed}.${ending}`);
  return {
    async get(task, seed) {
      const file = path(task, seed, "json");
      const text = readIfThere(file)?.toString("utf8");
      if (text === undefined) return undefined;
      try {
        const { version: found, ...record } = parseJson(text) as TaskRecord & { version: number };
        if (found !== version) throw new Error(`version ${found}, not ${version}`);
        return { ...record, findings: record.findings.map(fromJson) };
      } catch (error) {
        throw new RunFolderError(folder, `${file} is no kept task (${(error as Error).message}); delete it to redo it`);
      }
    },
    async put(record) {
      const content = { version, ...record, findings: record.findings.map(toJson) };
      writeFileAtomic(path(record.task, record.seed, "json"), stringifyJson(content, 1));
      rmSync(path(record.task, record.seed, "checkpoint"), { force: true });
    },
    async getCheckpoint(task, seed) {
      const bytes = readIfThere(path(task, seed, "checkpoint"));
      return bytes === undefined ? undefined : new Uint8Array(bytes);
    },
    async putCheckpoint(task, seed, state) {
      writeFileAtomic(path(task, seed, "checkpoint"), state);
    },
  };
}

function readIfThere(file: string): Buffer | undefined {
  try {
    return readFileSync(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

function toJson(finding: Finding): JsonValue {
  if (finding.type === "model") {
    const { onnx, safetensors } = finding;
    return { ...finding, onnx: base64(onnx), safetensors: safetensors && base64(safetensors) };
  }
  if (finding.type === "image") return { ...finding, pixels: base64(finding.pixels) };
  return finding as unknown as JsonValue;
}

function fromJson(kept: Finding): Finding {
  if (kept.type === "model") {
    const { onnx, safetensors } = kept as unknown as { onnx: string; safetensors?: string };
    return { ...kept, onnx: bytes(onnx), safetensors: safetensors === undefined ? undefined : bytes(safetensors) };
  }
  if (kept.type === "image") return { ...kept, pixels: bytes(kept.pixels as unknown as string) };
  return kept;
}

function base64(content: Uint8Array | Uint8ClampedArray): string {
  return Buffer.from(content.buffer, content.byteOffset, content.byteLength).toString("base64");
}

function bytes(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, "base64"));
}
