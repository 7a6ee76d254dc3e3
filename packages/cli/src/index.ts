export { runCommand } from "./command.ts";
export { findPaper, type ListedPaper } from "./find-paper.ts";
