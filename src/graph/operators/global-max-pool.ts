// GlobalMaxPool.
import type { Operator } from "./operator.js";
import { globallyPooled } from "./pool.js";

export const globalMaxPool: Operator = { op: "GlobalMaxPool", shape: globallyPooled };
