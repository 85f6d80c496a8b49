// One attack, in a process of its own, so that it takes nothing from the good clients' event loop: NAME PORT. Ends when its
// parent says so, and tells how many connections it made.
import { attacks } from "./attacks.js";

const [name, port] = process.argv.slice(2);
const controller = new AbortController();
process.on("message", () => controller.abort());
process.on("disconnect", () => process.exit());
const made = await attacks[name]({ port: Number(port), signal: controller.signal });
process.send?.(made, () => process.exit());
