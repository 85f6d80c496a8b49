// Outside truth: RFC 4291 on how IPv6 addresses are written; and connections of the system's own.
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import { test } from "node:test";
import { limitConnections, networkOf } from "./connections.js";

test("an IPv4 address stands for itself, an IPv6 address for its /64 network", () => {
  const same = (...addresses: string[]) => assert.equal(new Set(addresses.map(networkOf)).size, 1);
  same("192.0.2.1", "::ffff:192.0.2.1");
  same("2001:db8:1:2::1", "2001:db8:1:2:aaaa::", "2001:0DB8:1:2:3:4:5:6");
  same("fe80::1%eth0", "fe80::2");
  same("::1", "::2", "0:0:0:0:1:2:3:4");
  assert.notEqual(networkOf("2001:db8:1:2::1"), networkOf("2001:db8:1:3::1"));
  assert.notEqual(networkOf("1::2:3:4:5:6"), networkOf("1:2::3:4:5:6"));
  assert.notEqual(networkOf("192.0.2.1"), networkOf("192.0.2.2"));
});

test("one connection too many takes the place of the oldest idle one, of the address with the most", {
  skip: process.platform === "linux" ? false : "only Linux has several addresses of its own",
}, async () => {
  const server = createServer();
  const busy = new Set<number>();
  const refused: number[] = [];
  limitConnections(
    server,
    { total: 5, perAddress: 3, isBusy: ({ remotePort }) => busy.has(remotePort ?? 0) },
    (socket) => {
      refused.push(socket.remotePort ?? 0);
      socket.destroy();
    },
  );
  await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = server.address() as AddressInfo;
  const open = async (localAddress: string): Promise<{ socket: Socket; local: number }> => {
    const taken = once(server, "connection");
    const socket = connect({ port, host: "127.0.0.1", localAddress });
    await Promise.all([taken, once(socket, "connect")]);
    return { socket, local: socket.localPort ?? 0 };
  };
  const closed = ({ socket }: { socket: Socket }) => once(socket.resume(), "close");

  const greedy = [await open("127.0.0.2"), await open("127.0.0.2"), await open("127.0.0.2")];
  const others = [await open("127.0.0.1"), await open("127.0.0.3")];
  // The address has too many: its own oldest goes.
  const fourth = await open("127.0.0.2");
  await closed(greedy[0]);
  // All have too many: the oldest idle one of the greediest goes.
  busy.add(greedy[1].local);
  const newcomer = await open("127.0.0.4");
  await closed(greedy[2]);
  // Where all are busy, the new one is refused.
  for (const { local } of [...greedy, ...others, fourth, newcomer]) busy.add(local);
  const late = await open("127.0.0.5");
  await closed(late);
  assert.deepEqual(refused, [late.local]);
  // Places that get free are given again.
  others[0].socket.destroy();
  const count = () => new Promise<number>((resolve) => server.getConnections((_, n) => resolve(n)));
  while ((await count()) > 4) await new Promise((resolve) => setTimeout(resolve, 5));
  const again = await open("127.0.0.5");
  assert.deepEqual(refused, [late.local]);
  for (const { socket } of [...greedy, ...others, fourth, newcomer, again]) socket.destroy();
  server.close();
});
