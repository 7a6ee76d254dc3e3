#!/usr/bin/env node
// Plain JavaScript for any Node: the sources are TypeScript, which Node runs as it is from 22.18 on.
import module from "node:module";
import { homedir } from "node:os";
import { join } from "node:path";

const [major, minor] = process.versions.node.split(".").map(Number);
if (major > 22 || (major === 22 && minor >= 18)) {
  // Keeps what Node makes of the sources for the next start, which halves it; processes of runs inherit the folder.
  // A folder that cannot be written is no loss but of time. NODE_DISABLE_COMPILE_CACHE=1 goes without.
  process.env.NODE_COMPILE_CACHE ??= join(
    process.env.XDG_CACHE_HOME || join(homedir(), ".cache"),
    "paperworks",
    "compiled",
  );
  module.enableCompileCache(process.env.NODE_COMPILE_CACHE);
  import("../src/main.ts");
} else {
  console.error(
    `paperworks needs Node 22.18 or later, and this is ${process.versions.node}: ` +
      "start it as `npx paperworks` in its folder, which brings its own Node 24, or install Node from https://nodejs.org.",
  );
  process.exitCode = 2;
}
