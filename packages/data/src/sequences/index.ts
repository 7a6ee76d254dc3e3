export { associativeRecall, type RecallOptions, type RecallTask } from "./associative-recall.ts";
export { type ArithmeticTask, arithmeticTokens, binaryMultiplication } from "./binary-multiplication.ts";
export { type CharTokens, charTokens } from "./char-tokens.ts";
export { generatedPlays } from "./generated-plays.ts";
export {
  type HawkesLikelihood,
  type HawkesModel,
  type HawkesSequences,
  hawkesLogLikelihood,
  ringHawkes,
  simulateHawkes,
} from "./hawkes.ts";
export {
  type ListOpsOptions,
  type ListOpsTask,
  listOps,
  listOpsSymbols,
  listOpsValue,
} from "./list-ops.ts";
export { type MotifTask, motifPairs, motifSeries, motifs } from "./motif-series.ts";
export { pixelSequence } from "./pixel-sequence.ts";
export { modularSumData, parityData, type RunningSumOptions, type RunningSumTask } from "./running-sum.ts";
export { seasonalSeries } from "./seasonal-series.ts";
export { readStory, type StoryColumns, type StoryOptions, type StoryTask, storyTask } from "./story-task.ts";
