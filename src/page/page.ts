// The page: takes pictures that are chosen, taken, dropped or pasted, and draws what is said of them.

import { count } from "../base/count.js";
import type { Tagged } from "../bundle/prediction.js";
import { draw, type Model, newCard, tellWrong } from "./card.js";
import { element } from "./elements.js";

export type { Model } from "./card.js";

export interface PageOptions {
  /** Pictures may be added before it is there. */
  readonly model: Promise<Model>;
  /** A picture's tags. Throws an Error with a sentence. */
  readonly tag: (file: File) => Promise<Tagged>;
  /** Pictures that are tagged at once. */
  readonly atOnce: number;
  /** What the page says of itself at its foot. */
  readonly about: readonly (Node | string)[];
}

export function startPage({ model, tag, atOnce, about }: PageOptions): void {
  const results = element("results", HTMLOListElement);
  const status = element("status", HTMLParagraphElement);
  const clear = element("clear", HTMLButtonElement);
  const legend = element("legend", HTMLParagraphElement);
  const choose = element("choose", HTMLButtonElement);
  element("about", HTMLElement).append(...about);

  const line = element("model", HTMLParagraphElement);
  model.then(
    ({ labels }) => {
      const more = labels.length > 12 ? ", …" : "";
      line.textContent = `${count(labels.length, "label")}: ${labels.slice(0, 12).join(", ")}${more}`;
    },
    (error) => {
      line.textContent = error.message;
      line.setAttribute("role", "alert");
    },
  );

  const waiting: (() => Promise<void>)[] = [];
  let working = 0;
  let done = 0;
  let failed = 0;

  function tellStatus(): void {
    const left = waiting.length + working;
    const bad = failed > 0 ? `, ${failed} with an error` : "";
    status.textContent =
      done + left === 0
        ? ""
        : left > 0
          ? `${done} of ${done + left} done${bad} …`
          : `${count(done, "picture")} done${bad}.`;
    clear.hidden = left > 0 || done === 0;
    legend.hidden = done - failed === 0;
  }

  function startMore(): void {
    while (working < atOnce) {
      const next = waiting.shift();
      if (!next) break;
      working++;
      next().finally(() => {
        working--;
        done++;
        startMore();
      });
    }
    tellStatus();
  }

  function add(files: Iterable<File>): void {
    for (const file of files) {
      const card = newCard(file);
      results.prepend(card);
      waiting.push(async () => {
        try {
          draw(card, await model, await tag(file));
        } catch (error) {
          failed++;
          tellWrong(card, error);
        }
      });
    }
    startMore();
  }

  for (const [button, input] of [
    [choose, element("files", HTMLInputElement)],
    [element("shoot", HTMLButtonElement), element("camera", HTMLInputElement)],
  ] as const) {
    button.onclick = () => input.click();
    input.onchange = () => {
      add(input.files ?? []);
      input.value = "";
    };
  }
  clear.onclick = () => {
    for (const img of results.querySelectorAll("img")) URL.revokeObjectURL(img.src);
    results.replaceChildren();
    done = 0;
    failed = 0;
    tellStatus();
    choose.focus();
  };

  document.addEventListener("paste", (event) => add(event.clipboardData?.files ?? []));
  document.addEventListener("dragover", (event) => {
    event.preventDefault();
    document.body.classList.add("over");
  });
  document.addEventListener("dragleave", (event) => {
    if (event.relatedTarget === null) document.body.classList.remove("over");
  });
  document.addEventListener("drop", (event) => {
    event.preventDefault();
    document.body.classList.remove("over");
    add(event.dataTransfer?.files ?? []);
  });
}
