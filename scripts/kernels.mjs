// Compiles the WebAssembly kernels and writes each as a script, so that it is there wherever scripts are: npm run kernels
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** The bytes of src/losses/assembly/bce.ts, compiled. */
export function compiled() {
  const folder = mkdtempSync(join(tmpdir(), "multihot-kernels-"));
  const out = join(folder, "bce.wasm");
  const options = "-O3 --runtime stub --enable simd --initialMemory 2 --noAssert".split(" ");
  try {
    const asc = "node_modules/assemblyscript/bin/asc.js";
    execFileSync(process.execPath, [asc, "src/losses/assembly/bce.ts", "-o", out, ...options]);
    return readFileSync(out).toString("base64");
  } finally {
    rmSync(folder, { recursive: true });
  }
}

if (process.argv[2] === "write") {
  const lines = compiled().match(/.{1,96}/g) ?? [];
  const text = lines.map((line) => `  "${line}"`).join(" +\n");
  writeFileSync(
    "src/losses/bce-wasm.ts",
    `// assembly/bce.ts, compiled by \`npm run kernels\`: base64 of a WebAssembly module.\nexport const bceWasm =\n${text};\n`,
  );
}
