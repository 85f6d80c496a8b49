// Metrics: what the service counts, for Prometheus.
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";
import type { Places } from "./visit.js";

export class Metrics {
  readonly registry = new Registry();
  readonly requests = new Counter({
    name: "multihot_requests_total",
    help: "Requests that were answered, by path and status.",
    labelNames: ["path", "status"],
    registers: [this.registry],
  });
  readonly requestSeconds = new Histogram({
    name: "multihot_request_seconds",
    help: "Seconds from a request's headers to its answer, by path.",
    labelNames: ["path"],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
    registers: [this.registry],
  });
  readonly pictures = new Counter({
    name: "multihot_pictures_total",
    help: "Pictures that were answered, by outcome: tagged, or unreadable.",
    labelNames: ["outcome"],
    registers: [this.registry],
  });
  readonly batchPictures = new Histogram({
    name: "multihot_batch_pictures",
    help: "Pictures in a batch.",
    buckets: [1, 2, 4, 8, 16, 32, 64, 128],
    registers: [this.registry],
  });
  readonly batchSeconds = new Histogram({
    name: "multihot_batch_seconds",
    help: "Seconds in which a batch was computed.",
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
    registers: [this.registry],
  });

  constructor({ pictures, bytes }: Places) {
    new Gauge({
      name: "multihot_queue_pictures",
      help: "Pictures of requests that are not answered yet.",
      registers: [this.registry],
      collect() {
        this.set(pictures.taken);
      },
    });
    new Gauge({
      name: "multihot_queue_bytes",
      help: "Bytes of the bodies of requests that are not answered yet.",
      registers: [this.registry],
      collect() {
        this.set(bytes.taken);
      },
    });
    collectDefaultMetrics({ register: this.registry });
  }
}
