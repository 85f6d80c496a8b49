// Description: what whoever runs an exported model has to know beside its weights.
import type { Manifest } from "../bundle/manifest.js";

/** The labels in the order of the outputs, one threshold a label, and how pictures are prepared. */
export interface Description {
  readonly labels: readonly string[];
  readonly thresholds: readonly number[];
  readonly preprocess: Manifest["preprocess"];
  readonly backbone: string;
  readonly created: string;
}

export function descriptionOf({ labels, thresholds, preprocess, backbone, created }: Manifest): Description {
  return { labels, thresholds, preprocess, backbone, created };
}

/** The same as texts by name, as ONNX and safetensors keep metadata: what is no text already is JSON. */
export function asMetadata(description: Description): Record<string, string> {
  return Object.fromEntries(
    Object.entries(description).map(([key, value]) => [
      key,
      typeof value === "string" ? value : JSON.stringify(value),
    ]),
  );
}
