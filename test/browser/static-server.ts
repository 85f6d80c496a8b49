// A static server such as anybody has: files of folders, each under a path; at `/` an empty page.
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join, normalize } from "node:path";

const types: Record<string, string> = {
  ".html": "text/html; charset=utf-8",
  ".css": "text/css",
  ".js": "text/javascript",
  ".mjs": "text/javascript",
  ".json": "application/json",
  ".svg": "image/svg+xml",
  ".wasm": "application/wasm",
};

export interface StaticServer {
  /** Without a slash at the end. */
  readonly origin: string;
  /** Paths in the order in which they were asked for. */
  readonly asked: string[];
  close(): Promise<void>;
}

/**
 * @param folders by the path under which they are found, e.g. `/some/where`
 * @param headers sent with every file
 */
export async function serveFolders(
  folders: Readonly<Record<string, string>>,
  headers: Readonly<Record<string, string>> = {},
): Promise<StaticServer> {
  const asked: string[] = [];
  const server = createServer(async (request, response) => {
    const path = decodeURIComponent(new URL(request.url ?? "/", "http://localhost").pathname);
    asked.push(path);
    if (path === "/") {
      response.writeHead(200, { "Content-Type": types[".html"], ...headers });
      response.end('<!doctype html><title>Empty</title><link rel="icon" href="data:,">');
      return;
    }
    const [under, folder] = Object.entries(folders).find(([under]) => path.startsWith(`${under}/`)) ?? [];
    const inside = normalize(path.slice(under?.length).replace(/\/$/, "/index.html"));
    try {
      if (folder === undefined) throw new Error("elsewhere");
      const content = await readFile(join(folder, inside));
      const type = types[extname(inside)] ?? "application/octet-stream";
      response.writeHead(200, { "Content-Type": type, "Content-Length": content.length, ...headers });
      response.end(content);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
