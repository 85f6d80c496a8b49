// A foreign model: a whole ONNX file as one operator, which is run and never differentiated.
import { FOREIGN, foreignShapes } from "../foreign/node.js";
import type { Operator } from "./operator.js";

export const foreignModel: Operator = { op: "Model", domain: FOREIGN, shape: foreignShapes };
