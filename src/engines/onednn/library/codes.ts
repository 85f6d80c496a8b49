// Codes: the numbers by which oneDNN names the tensors of a primitive.

/** dnnl_query_t: which of a primitive's memory descriptors. */
export const part = {
  source: 129,
  gradientOfSource: 130,
  weights: 131,
  gradientOfWeights: 132,
  result: 133,
  gradientOfResult: 134,
  workspace: 135,
  scratchpad: 136,
} as const;

/** DNNL_ARG_*: what a primitive is given when it runs. */
export const argument = {
  source: 1,
  second: 2,
  result: 17,
  weights: 33,
  bias: 41,
  mean: 49,
  variance: 50,
  scale: 51,
  shift: 52,
  workspace: 64,
  scratchpad: 80,
  gradientOfSource: 129,
  gradientOfResult: 145,
  gradientOfWeights: 161,
  gradientOfBias: 169,
  gradientOfScale: 255,
  gradientOfShift: 256,
  /** The first of many sources. */
  sources: 1024,
} as const;
