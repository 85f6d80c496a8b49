// The exported page: tags pictures in the browser itself, with the bundle in the page's own folder.
import { element, made } from "../../page/elements.js";
import { startPage } from "../../page/page.js";
import { loadBundle } from "../load.js";
import type { LoadProgress } from "../options.js";

const bar = made("progress", { id: "progress" });
const told = made("label", { htmlFor: "progress" }, "Loading the model …");
const loading = made("div", { className: "loading" }, told, bar);
element("drop", HTMLElement).after(loading);

const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(1)} MB`;

const parts = new Map<LoadProgress["part"], LoadProgress>();
function tell(progress: LoadProgress): void {
  parts.set(progress.part, progress);
  const all = [...parts.values()];
  const loaded = all.reduce((sum, part) => sum + part.loaded, 0);
  const total = all.reduce((sum, part) => sum + (part.total ?? Number.NaN), 0);
  if (loaded < total) {
    bar.max = total;
    bar.value = loaded;
    told.textContent = `Loading the model: ${megabytes(loaded)} of ${megabytes(total)}`;
  } else {
    bar.removeAttribute("value");
    told.textContent = total ? "Preparing the model …" : `Loading the model: ${megabytes(loaded)}`;
  }
}

const predictor = loadBundle(new URL(".", location.href), { onProgress: tell });
const device = made("span", {});
predictor
  .then(({ device: used, threads }) => {
    const cores = threads > 1 ? ` on ${threads} threads` : "";
    device.textContent =
      used === "webgpu" ? " It computes with WebGPU." : ` It computes with WebAssembly${cores}.`;
  })
  .catch(() => {})
  .finally(() => loading.remove());

startPage({
  model: predictor,
  async tag(file) {
    const prediction = await (await predictor).predict(file);
    if (prediction.error !== undefined) throw new Error(prediction.error);
    return prediction;
  },
  atOnce: 2,
  about: ["Pictures stay in this browser: they are sent nowhere.", device],
});
