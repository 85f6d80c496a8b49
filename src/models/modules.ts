// Modules: the dotted path of the part of a network that a node or a weight belongs to.

/**
 * The module of a node. PyTorch's exporter writes `/layer1/layer1.0/conv1/Conv`, which is `layer1.0.conv1`;
 * another name is a path already.
 */
export function moduleOfNode(name: string): string {
  if (!name.startsWith("/")) return name;
  const parts: string[] = [];
  for (const part of name.split("/").slice(1, -1)) {
    const last = parts.at(-1);
    // An item of a sequence is written with the sequence's name before it.
    if (last !== undefined && part.startsWith(`${last}.`)) parts.pop();
    parts.push(part);
  }
  return parts.join(".");
}

/** The module of a weight: its name without the last part. */
export function moduleOfWeight(name: string): string {
  return name.slice(0, Math.max(0, name.lastIndexOf(".")));
}

/** Whether a path is the module or lies in it. */
export function isWithin(path: string, module: string): boolean {
  return path === module || path.startsWith(`${module}.`);
}

/** A path and those above it, the topmost first: `a.b.c` gives `a`, `a.b`, `a.b.c`. */
export function pathsTo(path: string): string[] {
  const parts = path === "" ? [] : path.split(".");
  return parts.map((_, i) => parts.slice(0, i + 1).join("."));
}
