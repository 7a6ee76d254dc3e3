#!/usr/bin/env node
// Plain JavaScript for any Node: the sources are TypeScript, which Node runs as it is from 22.18 on.
const [major, minor] = process.versions.node.split(".").map(Number);
if (major > 22 || (major === 22 && minor >= 18)) {
  import("../src/main.ts");
} else {
  console.error(
    `paperworks needs Node 22.18 or later, and this is ${process.versions.node}: ` +
      "start it as `npx paperworks` in its folder, which brings its own Node 24, or install Node from https://nodejs.org.",
  );
  process.exitCode = 2;
}
