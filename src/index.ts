// The public surface of the library: it re-exports, and does nothing else.
export { UserError } from "./base/errors.js";
