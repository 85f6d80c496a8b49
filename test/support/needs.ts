// Needs: what a test wants of the machine, and why it is skipped where that is missing.

/** What can be missing. `scripts/test.mjs` fails where a test lacks one of those that MULTIHOT_REQUIRED names. */
export type Need = "onednn" | "turbojpeg" | "data" | "python" | "webgpu";

/** The reason for `node:test`; false, so that the test runs, where nothing is wrong. */
export function lacks(need: Need, reason: string | undefined | false): string | false {
  return reason ? `${need}: ${reason}` : false;
}
