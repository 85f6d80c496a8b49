// The public surface of `multihot/server`: it re-exports, and does nothing else.
/**
 * A bundle as a web app: for a server of your own (`tagger`), or as a service (`serve`).
 * @module multihot/server
 */
export type { ServeOptions, TaggerOptions } from "./options.js";
export type { RefusalCode } from "./refusal.js";
export { type ServeHooks, type Service, serve } from "./serve.js";
export { type Middleware, type TaggerHooks, type TaggingApp, tagger } from "./tagging.js";
