// Outside truth: the system, which cuts off connections that wait for being taken when their server closes.
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { test } from "node:test";
import { untilNobodyWaits } from "./http.js";

test("every connection that the system has made is taken before the server closes", async () => {
  const server = createServer((_, response) => response.setHeader("Connection", "close").end("hello"));
  await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = server.address() as AddressInfo;
  const sockets = await Promise.all(
    Array.from({ length: 40 }, async () => {
      const socket = connect(port, "127.0.0.1");
      await once(socket, "connect");
      return socket;
    }),
  );
  const answers = sockets.map(async (socket) => {
    socket.write("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
    let text = "";
    for await (const chunk of socket.setEncoding("utf8")) text += chunk;
    return text.slice(-5);
  });
  await untilNobodyWaits(server);
  server.close();
  assert.deepEqual(await Promise.all(answers), Array(40).fill("hello"));
});
