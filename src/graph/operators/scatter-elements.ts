// ScatterElements.
import { like, type Operator } from "./operator.js";

export const scatterElements: Operator = { op: "ScatterElements", shape: like };
