export * from "./errors.ts";
export {
  type Batch,
  type BatchArray,
  type BatchTensors,
  type FitOptions,
  type FitProgress,
  type FitResult,
  fit,
  tensorsOf,
} from "./fit.ts";
export * as init from "./init.ts";
export { type InitContext, type Initializer, initialParameter } from "./init.ts";
export { type AttentionInputs, MultiHeadAttention, type MultiHeadAttentionOptions } from "./layers/attention.ts";
export { BatchNorm, type BatchNormOptions } from "./layers/batch-norm.ts";
export { Conv, type ConvLayerOptions } from "./layers/conv.ts";
export { ConvNorm } from "./layers/conv-norm.ts";
export { drawLinearWeights } from "./layers/draw-linear-weights.ts";
export { DropPath, type DropPathOptions } from "./layers/drop-path.ts";
export { Dropout, type DropoutOptions } from "./layers/dropout.ts";
export { Embedding, type EmbeddingOptions } from "./layers/embedding.ts";
export { convolutionOf, foldBatchNorm, foldBatchNormBefore, scaleOutputs } from "./layers/fold-batch-norm.ts";
export type { Activation, Layer } from "./layers/layer.ts";
export { Linear, type LinearOptions } from "./layers/linear.ts";
export { maskedSoftmax } from "./layers/masked-softmax.ts";
export {
  GroupNorm,
  LayerNorm,
  type LayerNormOptions,
  RmsNorm,
} from "./layers/norms.ts";
export {
  Gru,
  Lstm,
  type LstmState,
  Recurrent,
  type RecurrentOptions,
  type RecurrentState,
  Rnn,
} from "./layers/recurrent.ts";
export { RepDepthwiseConv, type RepDepthwiseConvOptions, requireOddKernel } from "./layers/rep-depthwise-conv.ts";
export { Sequential } from "./layers/sequential.ts";
export { SwiGlu, type SwiGluOptions } from "./layers/swiglu.ts";
export {
  FeedForward,
  type FeedForwardOptions,
  TransformerBlock,
  type TransformerBlockOptions,
} from "./layers/transformer.ts";
export {
  type BinaryCrossEntropyOptions,
  binaryCrossEntropyWithLogits,
  type CrossEntropyOptions,
  crossEntropy,
} from "./losses/cross-entropy.ts";
export { type DistillationOptions, type DistilledOutputs, distillationLoss } from "./losses/distillation.ts";
export { klDivergence } from "./losses/divergence.ts";
export { type ReductionOptions, reduceLoss } from "./losses/reduction.ts";
export { gaussianNegativeLogLikelihood, huber, meanAbsoluteError, meanSquaredError } from "./losses/regression.ts";
export * from "./metrics/classification.ts";
export * from "./metrics/correlation.ts";
export * from "./metrics/ranking.ts";
// The loss of this name takes tensors; the metric of arrays goes under its own name in `@paperworks/nn/metrics`.
export { meanAbsoluteError as hostMeanAbsoluteError, perplexity, r2 } from "./metrics/regression.ts";
export {
  freeze,
  Module,
  type ModuleTree,
  namedBuffers,
  namedGenerators,
  namedModules,
  namedParameters,
  parameterCount,
  parameters,
  submodules,
  unfreeze,
} from "./module.ts";
export type { Derivative, TimeSpan } from "./ode/derivative.ts";
export {
  type AdaptiveOptions,
  type AdaptiveTrajectory,
  dormandPrince,
  dormandPrinceStep,
} from "./ode/dormand-prince.ts";
export { IntegrationError } from "./ode/errors.ts";
export { euler, eulerStep, rungeKutta4, rungeKutta4Step, type Trajectory } from "./ode/fixed-step.ts";
export { Adam, type AdamOptions, AdamW } from "./optim/adam.ts";
export { Adagrad, type AdagradOptions, RMSprop, type RmsPropOptions } from "./optim/adaptive-gradient.ts";
export { clipGlobalNorm, clipValue } from "./optim/clipping.ts";
export {
  type AnnealedNoiseOptions,
  annealedGradientNoise,
  constantGradientNoise,
  noiseScale,
} from "./optim/gradient-noise.ts";
export {
  type FlatResult,
  type FlatStep,
  type GradientTransform,
  type GroupOptions,
  type LearningRate,
  Optimizer,
  type ParameterGroup,
  type TransformContext,
} from "./optim/optimizer.ts";
export type { OneCycleOptions, Schedule, WarmupOptions } from "./optim/schedules.ts";
export * as schedules from "./optim/schedules.ts";
export type { Segment } from "./optim/segments.ts";
export { SGD, type SgdOptions } from "./optim/sgd.ts";
export { type CausalAttentionOptions, causalAttention } from "./sequence/causal-attention.ts";
export {
  CausalConvolution,
  type CausalConvolutionOptions,
  type ConvolutionState,
} from "./sequence/causal-convolution.ts";
export {
  type ChunkedAttentionOptions,
  type ChunkState,
  chunkedAttention,
  chunkedAttentionStep,
  emptyChunk,
} from "./sequence/chunked-attention.ts";
export { aroundCircle, toeplitz } from "./sequence/circle.ts";
export { DilatedConvolution, type DilatedConvolutionOptions } from "./sequence/dilated-convolution.ts";
export { dilatedReceptiveField, planTcn, reachedOffsets, type TcnPlan } from "./sequence/dilated-receptive-field.ts";
export type { EmaCoefficients, EmaForm } from "./sequence/ema-forms.ts";
export { emaKernel } from "./sequence/ema-kernel.ts";
export { fftConvolve } from "./sequence/fft-convolve.ts";
export {
  attendCached,
  bucketFor,
  emptyCache,
  growCache,
  type KeyValueCache,
  pushToken,
} from "./sequence/key-value-cache.ts";
export {
  CausalLanguageModel,
  type CausalLanguageModelOptions,
  type LanguageModelState,
  MixerBlock,
} from "./sequence/language-model.ts";
export {
  DampedAverage,
  type EmaState,
  MultiDimensionalEma,
  type MultiDimensionalEmaOptions,
} from "./sequence/multi-dimensional-ema.ts";
export { RotaryAttention, type RotaryAttentionOptions, type RotaryState } from "./sequence/rotary-attention.ts";
export {
  SelectiveStateSpace,
  type SelectiveStateSpaceOptions,
  type StateSpaceState,
} from "./sequence/selective-state-space.ts";
export { lastToken, requireSequence, requireToken, type SequenceCore, stateBytes } from "./sequence/sequence-core.ts";
export {
  TemporalConvNet,
  type TemporalConvNetOptions,
  type TemporalConvState,
} from "./sequence/temporal-conv-net.ts";
export { restoreState, type Stateful, stateOf } from "./state/checkpoint.ts";
export { type LoadOptions, loadInto } from "./state/load.ts";
export { pyTorchLayout } from "./state/pytorch.ts";
export { loadSafetensors, parseSafetensors, type SafetensorsFile, saveSafetensors } from "./state/safetensors.ts";
export { type Trained, type TrainingRun, type TrainStepsOptions, trainSteps } from "./train-steps.ts";
export { ConvNextBlock, type ConvNextBlockOptions } from "./vision/convnext-block.ts";
export { PatchEmbedding, type PatchEmbeddingOptions } from "./vision/patch-embedding.ts";
export { pixelShuffle } from "./vision/pixel-shuffle.ts";
export { keptTokens, type PruneTokensOptions, pruneTokens, takeTokens } from "./vision/prune-tokens.ts";
export {
  type BlockPlace,
  type TokenMixer,
  VisionBlock,
  type VisionFeatures,
  VisionTransformer,
  type VisionTransformerOptions,
} from "./vision/vision-transformer.ts";
