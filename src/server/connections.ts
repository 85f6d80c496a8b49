// Connections: how many there may be, in total and from one address.
import type { Server } from "node:http";
import { isIPv6, type Socket } from "node:net";

export interface ConnectionLimits {
  readonly total: number;
  readonly perAddress: number;
  /** Whether a connection has a request in work. Idle ones, slow senders and slow readers may be closed to make room. */
  isBusy(socket: Socket): boolean;
}

/** Called for a connection that finds no room. */
type Refuse = (socket: Socket) => void;

/**
 * Bounds the server's connections. One too many takes the place of the oldest that has no request in work: of its own
 * address if that has too many, else of the address with the most. So strangers who open many cannot keep others out.
 */
export function limitConnections(server: Server, limits: ConnectionLimits, refuse: Refuse): void {
  /** By address, each set in the order in which its connections came. */
  const byAddress = new Map<string, Set<Socket>>();
  let total = 0;

  const leave = (key: string, socket: Socket) => {
    const own = byAddress.get(key);
    if (!own?.delete(socket)) return;
    total--;
    if (own.size === 0) byAddress.delete(key);
  };
  /** Closes one of an address's connections; returns whether one could be closed. */
  const makeRoom = (key: string): boolean => {
    for (const socket of byAddress.get(key) ?? []) {
      if (limits.isBusy(socket)) continue;
      leave(key, socket);
      socket.destroy();
      return true;
    }
    return false;
  };
  const byCount = () => [...byAddress].sort(([, a], [, b]) => b.size - a.size).map(([key]) => key);

  server.on("connection", (socket: Socket) => {
    const key = networkOf(socket.remoteAddress ?? "");
    const crowded = (byAddress.get(key)?.size ?? 0) >= limits.perAddress;
    if (crowded ? !makeRoom(key) : total >= limits.total && !byCount().some(makeRoom)) return refuse(socket);
    const own = byAddress.get(key) ?? new Set();
    byAddress.set(key, own.add(socket));
    total++;
    socket.once("close", () => leave(key, socket));
  });
}

/** What stands for one client: an IPv4 address, or the /64 network of an IPv6 address, which hosts get whole. */
export function networkOf(address: string): string {
  const plain = address.replace(/^::ffff:(?=\d+\.)/i, "").replace(/%.*$/, "");
  if (!isIPv6(plain)) return plain;
  const [head, tail] = plain.split("::");
  const groups = head ? head.split(":") : [];
  const last = tail ? tail.split(":") : [];
  while (plain.includes("::") && groups.length + last.length < 8) groups.push("0");
  return [...groups, ...last]
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(":");
}
