// What snippets take for granted: names that the reader's program has, and how large they are in a test.

export const placeholders = {
  /** Declarations, for the compiler. */
  types: `
/** A batch: uint8 [N, H, W, 3], and 1, 0 or −1 for each picture and label. */
declare const images: Uint8Array;
declare const targets: Float32Array;
/** A page's \`<input type="file">\` in which files were chosen. */
declare const input: { files: FileList };
`,
  /** Values, for Node: two pictures of 224 × 224, 20 labels. */
  values: `
globalThis.images = new Uint8Array(2 * 224 * 224 * 3).fill(100);
globalThis.targets = new Float32Array(2 * 20).fill(1, 0, 5);
`,
  /** Names that only a browser has. */
  ofBrowsers: /\binput\b|multihot\/web/,
  /** A server runs until it is stopped; what its snippet shows is run by src/server/tagging.test.ts. */
  ofServers: /multihot\/server/,
};
