// Pow: Y = A ^ B.
import { call } from "./expression.js";
import { broadcastInputs, type Operator } from "./operator.js";

export const pow: Operator = { op: "Pow", shape: broadcastInputs, expression: call("Math.pow") };
