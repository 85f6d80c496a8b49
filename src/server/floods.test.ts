// Outside truth: what Node's own parser hands out.
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { test } from "node:test";
import { cutFloods } from "./floods.js";

test("of a packet that holds too many requests, none reaches the server; others arrive as they are", async () => {
  const received: string[] = [];
  const server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk) => {
      body += chunk.toString("latin1");
    });
    request.on("end", () => {
      received.push(body);
      response.end("hello");
    });
  });
  const refused: string[] = [];
  server.on("clientError", (error: NodeJS.ErrnoException) => refused.push(error.code ?? ""));
  cutFloods(server, 32);
  await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = server.address() as AddressInfo;
  const speak = async (text: string) => {
    const socket = connect(port, "127.0.0.1");
    socket.write(text, "latin1");
    let answer = "";
    socket.on("data", (chunk) => {
      answer += chunk;
      if (answer.match(/hello/g)?.length === expected) socket.end();
    });
    const expected = text.match(/^(GET|POST)/gm)?.length ?? 0;
    socket.on("error", () => {});
    await once(socket, "close");
    return answer.match(/hello/g)?.length ?? 0;
  };
  const get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
  assert.equal(await speak(get.repeat(1600)), 0);
  assert.deepEqual(received, []);
  assert.equal(await speak(get.repeat(32)), 32);
  // A body may hold anything; of a long one each packet is looked at.
  const body = "\x00\xff HTTP/1.".repeat(20) + "x".repeat(300_000);
  assert.equal(await speak(`POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${body.length}\r\n\r\n${body}`), 1);
  assert.equal(received.at(-1), body);
  server.close();
});
