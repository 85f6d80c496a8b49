// The page at `/`: sends pictures to the service, a few at a time, and draws what it says of them.

/** @typedef {{ labels: string[], thresholds: number[] }} Model */
/** @typedef {{ probabilities: Record<string, number>, labels: string[] }} Tagged */

/** Requests that are under way at once. */
const AT_ONCE = 4;
/** How often a picture is sent before a full queue is told. */
const ATTEMPTS = 20;
/** Labels that are shown before the others are asked for. */
const SHOWN = 6;

/** @template {HTMLElement} T @param {string} id @param {new () => T} type @returns {T} */
function element(id, type) {
  const found = document.getElementById(id);
  if (!(found instanceof type)) throw new Error(`The page has no ${id}.`);
  return found;
}

/** @param {ParentNode} parent @param {string} selector @returns {HTMLElement} */
function part(parent, selector) {
  const found = parent.querySelector(selector);
  if (!(found instanceof HTMLElement)) throw new Error(`The page has no ${selector}.`);
  return found;
}

/** @param {string} id @returns {HTMLElement} */
function copyOf(id) {
  const copy = element(id, HTMLTemplateElement).content.cloneNode(true);
  return part(/** @type {DocumentFragment} */ (copy), "li");
}

const results = element("results", HTMLOListElement);
const status = element("status", HTMLParagraphElement);
const clear = element("clear", HTMLButtonElement);
const legend = element("legend", HTMLParagraphElement);
const files = element("files", HTMLInputElement);
const tokenForm = element("token", HTMLFormElement);
const secret = element("secret", HTMLInputElement);
const wrong = element("wrong", HTMLParagraphElement);

let token = sessionStorage.getItem("token") ?? "";

/** @param {string} path @param {RequestInit} [init] */
function ask(path, init = {}) {
  const headers = token ? { Authorization: `Bearer ${token}` } : undefined;
  return fetch(path, { ...init, headers });
}

/** @param {number} seconds */
function pause(seconds) {
  return new Promise((resolve) => setTimeout(resolve, seconds * 1000));
}

/** @param {number} part */
function percent(part) {
  return `${Math.round(part * 100)} %`;
}

/** @param {number} n @param {string} thing */
function count(n, thing) {
  return `${n} ${thing}${n === 1 ? "" : "s"}`;
}

/** The labels; it asks for the token where the service wants one. @returns {Promise<Model>} */
async function loadModel() {
  while (true) {
    const response = await ask("labels");
    if (response.ok) {
      sessionStorage.setItem("token", token);
      tokenForm.hidden = true;
      return response.json();
    }
    const { error } = await response.json();
    if (response.status !== 401 && response.status !== 400) throw new Error(error);
    wrong.textContent = token ? "The service does not know this token." : "";
    tokenForm.hidden = false;
    secret.focus();
    await new Promise((resolve) => {
      tokenForm.onsubmit = (event) => {
        event.preventDefault();
        token = secret.value.trim();
        resolve(undefined);
      };
    });
  }
}

/** @param {File} file @returns {Promise<Tagged>} */
async function tag(file) {
  for (let attempt = 1; ; attempt++) {
    const response = await ask("predict", { method: "POST", body: file });
    const answer = await response.json();
    if (response.ok) return answer[0];
    if (response.status !== 503 || attempt === ATTEMPTS) throw new Error(answer.error);
    // Not all at the same moment.
    await pause(Number(response.headers.get("Retry-After") ?? 1) + Math.random());
  }
}

/** @param {string} label @param {number} probability @param {number} threshold @param {boolean} reached */
function row(label, probability, threshold, reached) {
  const li = copyOf("row");
  li.classList.toggle("reached", reached);
  part(li, ".name").textContent = label;
  part(li, ".value").textContent = percent(probability);
  part(li, ".fill").style.width = `${probability * 100}%`;
  part(li, ".mark").style.left = `${threshold * 100}%`;
  const meets = reached ? "reaches" : "stays below";
  part(li, ".spoken").textContent = `, ${meets} its threshold of ${percent(threshold)}`;
  return li;
}

/** @param {HTMLElement} card @param {Model} model @param {Tagged} tagged */
function draw(card, { labels, thresholds }, tagged) {
  const ranked = labels
    .map((label, i) => ({ label, probability: tagged.probabilities[label], threshold: thresholds[i] }))
    .sort((a, b) => b.probability - a.probability);
  const reached = new Set(tagged.labels);
  const tags = part(card, ".tags");
  tags.textContent = reached.size === 0 ? "No label reaches its threshold." : "";
  for (const { label } of ranked) {
    if (!reached.has(label)) continue;
    const name = document.createElement("b");
    name.textContent = label;
    tags.append(name);
  }
  const shown = Math.max(SHOWN, ranked.findLastIndex(({ label }) => reached.has(label)) + 1);
  const rows = ranked.map(({ label, probability, threshold }) =>
    row(label, probability, threshold, reached.has(label)),
  );
  part(card, ".labels").append(...rows.slice(0, shown));
  const others = part(card, "details");
  others.hidden = rows.length <= shown;
  part(others, "summary").textContent = `The other ${count(rows.length - shown, "label")}`;
  part(others, ".labels").append(...rows.slice(shown));
}

/** @param {HTMLElement} card @param {unknown} error */
function tellWrong(card, error) {
  card.classList.add("wrong");
  part(card, "details").hidden = true;
  const unreachable = error instanceof TypeError;
  const message = error instanceof Error ? error.message : String(error);
  part(card, ".tags").textContent = unreachable ? "The service cannot be reached." : message;
}

const model = loadModel();
model.then(
  ({ labels }) => {
    element("model", HTMLParagraphElement).textContent =
      `${count(labels.length, "label")}: ${labels.slice(0, 12).join(", ")}${labels.length > 12 ? ", …" : ""}`;
  },
  (error) => {
    element("model", HTMLParagraphElement).textContent = `The labels cannot be had: ${error.message}`;
  },
);

/** @type {(() => Promise<void>)[]} */
const waiting = [];
let working = 0;
let done = 0;
let failed = 0;

function tellStatus() {
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

function startMore() {
  while (working < AT_ONCE) {
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

/** @param {Iterable<File>} added */
function add(added) {
  for (const file of added) {
    const card = copyOf("card");
    const img = /** @type {HTMLImageElement} */ (part(card, "img"));
    img.src = URL.createObjectURL(file);
    img.onerror = () => {
      img.remove();
      card.classList.add("blind");
    };
    part(card, "h2").textContent = file.name;
    part(card, ".tags").textContent = "…";
    part(card, "details").hidden = true;
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

element("choose", HTMLButtonElement).onclick = () => files.click();
files.onchange = () => {
  add(files.files ?? []);
  files.value = "";
};
clear.onclick = () => {
  for (const img of results.querySelectorAll("img")) URL.revokeObjectURL(img.src);
  results.replaceChildren();
  done = 0;
  failed = 0;
  tellStatus();
  element("choose", HTMLButtonElement).focus();
};

/** @param {DataTransfer | null} transfer @returns {File[]} */
function filesOf(transfer) {
  return [...(transfer?.files ?? [])];
}
document.addEventListener("paste", (event) => add(filesOf(event.clipboardData)));
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
  add(filesOf(event.dataTransfer));
});
