// The worker of multihot/web: loads one bundle, and tags pictures with it.
import { UserError } from "../base/errors.js";
import type { Answer, Request } from "./messages.js";
import { Model } from "./model.js";

let model: Model;

async function answer({ id, load, predict }: Request): Promise<Omit<Answer, "id">> {
  if (load) {
    model = await Model.open(load, (progress) => postMessage({ id, progress } satisfies Answer));
    return { loaded: model.loaded };
  }
  return predict ? { predicted: await model.predict(predict) } : {};
}

addEventListener("message", async ({ data }: MessageEvent<Request>) => {
  const content = await answer(data).catch((error: unknown) => ({
    failed: {
      message: error instanceof Error ? error.message : String(error),
      user: error instanceof UserError,
    },
  }));
  postMessage({ id: data.id, ...content } satisfies Answer);
});
