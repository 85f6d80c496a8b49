// The thread in which oneDNN computes.
import { workerData } from "node:worker_threads";
import { serve } from "../worker/serve.js";
import { OnednnSession, type Start } from "./session.js";

serve(new OnednnSession(workerData as Start));
