// The service's page: sends pictures to the service, a few at a time.
import type { Tagged } from "../../bundle/prediction.js";
import { element, made } from "../../page/elements.js";
import { type Model, startPage } from "../../page/page.js";

/** How often a picture is sent before a full queue is told. */
const ATTEMPTS = 20;

let token = sessionStorage.getItem("token") ?? "";

async function ask(path: string, init: RequestInit = {}): Promise<Response> {
  const headers = token ? { Authorization: `Bearer ${token}` } : undefined;
  return fetch(path, { ...init, headers }).catch(() => {
    throw new Error("The service cannot be reached.");
  });
}

function pause(seconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, seconds * 1000));
}

/** The labels; it asks for the token where the service wants one. */
async function loadModel(): Promise<Model> {
  const form = tokenForm();
  while (true) {
    const response = await ask("labels");
    if (response.ok) {
      sessionStorage.setItem("token", token);
      form.hide();
      return response.json();
    }
    const { error } = await response.json();
    if (response.status !== 401 && response.status !== 400) {
      throw new Error(`The labels cannot be had: ${error}`);
    }
    token = await form.ask(token ? "The service does not know this token." : "");
  }
}

/** A form that asks for the token; nothing is seen of it before. */
function tokenForm() {
  const secret = made("input", { id: "secret", type: "password", required: true });
  secret.autocomplete = "current-password";
  const wrong = made("p", { role: "alert" });
  const form = made(
    "form",
    {},
    made("label", { htmlFor: "secret" }, "This service asks for a token."),
    made("div", { className: "line" }, secret, made("button", { type: "submit" }, "Use it")),
    wrong,
  );
  return {
    hide: () => form.remove(),
    ask(problem: string): Promise<string> {
      element("before", HTMLDivElement).append(form);
      wrong.textContent = problem;
      secret.focus();
      return new Promise((resolve) => {
        form.onsubmit = (event) => {
          event.preventDefault();
          resolve(secret.value.trim());
        };
      });
    },
  };
}

async function tag(file: File): Promise<Tagged> {
  for (let attempt = 1; ; attempt++) {
    const response = await ask("predict", { method: "POST", body: file });
    const answer = await response.json();
    if (response.ok) return answer[0];
    if (response.status !== 503 || attempt === ATTEMPTS) throw new Error(answer.error);
    // Not all at the same moment.
    await pause(Number(response.headers.get("Retry-After") ?? 1) + Math.random());
  }
}

startPage({
  model: loadModel(),
  tag,
  atOnce: 4,
  about: [
    "Pictures go to this service alone, and it keeps none. Programs use it, too: ",
    made("a", { href: "openapi.json" }, "its description"),
    ".",
  ],
});
