// multihot/graph: networks as ONNX graphs, with shapes and gradients. It re-exports, and does nothing else.
/**
 * Networks as ONNX graphs: build, read, write, infer shapes, differentiate. Free of Node and of any engine.
 * @module multihot/graph
 */
export { GraphBuilder, type NodeOptions } from "./builder.js";
export { differentiate } from "./gradient/differentiate.js";
export { type Attribute, type Dimension, Graph, type Node, type ValueInfo } from "./graph.js";
export { readOnnx, writeOnnx } from "./onnx.js";
export { differentiableOps, knownOps } from "./operators/index.js";
export { inferShapes } from "./shapes.js";
export { type ArrayOf, type DataType, float32, int64, type Tensor, type TensorOf, tensor } from "./tensor.js";
