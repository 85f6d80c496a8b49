// Compiles the WebAssembly kernels and writes each as a script, so that it is there wherever scripts are: npm run kernels
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Where they are: ROOM/assembly/NAME.ts, which becomes ROOM/NAME-wasm.ts; with so much memory, in 64 KiB. */
export const kernels = [
  { room: "src/data/resize", name: "resize", pages: 2 },
  { room: "src/losses", name: "bce", pages: 5 },
  // Its memory is given to it, and is as large as what it computes on.
  { room: "src/engines/loops", name: "vectors", pages: 1, options: ["--importMemory"] },
];

/** The bytes of a kernel, compiled, as base64. */
export function compiled({ room, name, pages, options: more = [] }) {
  const folder = mkdtempSync(join(tmpdir(), "multihot-kernels-"));
  const out = join(folder, `${name}.wasm`);
  const options = `-O3 --runtime stub --enable simd --initialMemory ${pages} --noAssert`.split(" ");
  try {
    const asc = "node_modules/assemblyscript/bin/asc.js";
    execFileSync(process.execPath, [asc, `${room}/assembly/${name}.ts`, "-o", out, ...options, ...more]);
    return readFileSync(out).toString("base64");
  } finally {
    rmSync(folder, { recursive: true });
  }
}

if (process.argv[2] === "write") {
  for (const kernel of kernels) {
    const { room, name } = kernel;
    const lines = compiled(kernel).match(/.{1,96}/g) ?? [];
    const text = lines.map((line) => `  "${line}"`).join(" +\n");
    writeFileSync(
      `${room}/${name}-wasm.ts`,
      `// assembly/${name}.ts, compiled by \`npm run kernels\`: base64 of a WebAssembly module.\nexport const ${name}Wasm =\n${text};\n`,
    );
  }
}
