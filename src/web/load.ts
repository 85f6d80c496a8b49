// loadBundle: starts the worker, and lets it load a bundle.
import { UserError } from "../base/errors.js";
import { unlessAborted } from "../base/unless-aborted.js";
import type { Loaded } from "./messages.js";
import type { LoadOptions } from "./options.js";
import { Predictor } from "./predictor.js";
import { Remote } from "./remote.js";

/**
 * Loads a bundle from the folder `url`: what `multihot export --format web` writes, or any bundle beside which
 * there is ONNX Runtime (see `runtime`). Downloads, computation and the decoding of files happen in a worker.
 *
 * Throws a UserError that says what is wrong: a file that is missing or damaged, a self-check that fails, a
 * device that the browser has not.
 */
export async function loadBundle(url: string | URL, options: LoadOptions = {}): Promise<Predictor> {
  const { signal, onProgress, worker = ownWorker, runtime, device, threads, cache, selfCheck } = options;
  signal?.throwIfAborted();
  const folder = folderOf(url, location.href);
  const load = {
    url: folder,
    runtime: runtime === undefined ? `${folder}runtime/` : folderOf(runtime, location.href),
    ...{ device, threads, cache, selfCheck },
  };
  const remote = new Remote(worker());
  try {
    const { loaded } = await unlessAborted(remote.ask({ load }, { onProgress }), signal);
    return new Predictor(remote, loaded as Loaded);
  } catch (error) {
    remote.end(error);
    throw error;
  }
}

function ownWorker(): Worker {
  return new Worker(new URL("./worker.js", import.meta.url), { type: "module" });
}

/** The folder's address with a slash at its end, so that names can be resolved against it. */
function folderOf(url: string | URL, base: string): string {
  let folder: URL;
  try {
    folder = new URL(url, base);
  } catch {
    throw new UserError(`${url} is not the address of a folder; wanted one such as "/tagger/".`);
  }
  if (!folder.pathname.endsWith("/")) folder.pathname += "/";
  folder.search = "";
  folder.hash = "";
  return folder.href;
}
