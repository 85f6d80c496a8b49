// The thread in which oneDNN computes.
import { workerData } from "node:worker_threads";
import { serve } from "../worker/serve.js";
import { OnednnComputer } from "./computer.js";
import type { Start } from "./start.js";

serve(new OnednnComputer(workerData as Start), { ownsResults: true });
