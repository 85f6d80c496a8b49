// In turn: a connection's requests are answered one after the other, and answers that nobody reads are bounded.
//
// Node parses every request that a packet holds before it answers the first, and hands out all of them. Clients may
// send many and read no answer. So each request waits until the client's system has the answer to the one before.
import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { Listener } from "./node.js";

export interface TurnLimits {
  /** Requests of one connection that wait for their turn; a connection that sends more is cut. */
  readonly waiting: number;
  /** Seconds in which a client must read an answer. */
  readonly patience: number;
  /** Bytes of answers, of all connections, that are not read yet. Those that wait longest are cut if there are more. */
  readonly unread: number;
}

type Request = readonly [IncomingMessage, ServerResponse];

export class Turns {
  private readonly waiting = new WeakMap<Socket, Request[]>();
  private readonly current = new WeakMap<Socket, Request>();
  /** Connections whose clients have not read the last answer, the oldest answer first, and its bytes. */
  private readonly unread = new Map<Socket, number>();
  private unreadBytes = 0;

  constructor(
    private readonly limits: TurnLimits,
    private readonly listener: Listener,
  ) {}

  /** For the server's event `request`. */
  readonly take: RequestListener = (incoming, outgoing) => {
    const { socket } = incoming;
    // What follows in the packet of a connection that was cut.
    if (socket.destroyed) return;
    const waiting = this.waiting.get(socket);
    if (waiting === undefined) {
      this.waiting.set(socket, []);
      void this.answer(incoming, outgoing);
    } else if (waiting.length < this.limits.waiting) {
      waiting.push([incoming, outgoing]);
    } else {
      waiting.length = 0;
      socket.destroy();
    }
  };

  /** Whether a request has arrived whole and its answer is not ready. */
  isBusy(socket: Socket): boolean {
    const [incoming, outgoing] = this.current.get(socket) ?? [];
    return incoming?.complete === true && outgoing?.writableEnded === false;
  }

  /** Whether no other request waits behind the one that this answers. */
  isLast({ req: { socket } }: ServerResponse): boolean {
    return (this.waiting.get(socket)?.length ?? 0) === 0;
  }

  private async answer(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const { socket } = incoming;
    this.current.set(socket, [incoming, outgoing]);
    outgoing.once("close", () => this.next(socket));
    await this.listener(incoming, outgoing);
    if (outgoing.writableEnded && !outgoing.closed) this.hold(socket, outgoing);
  }

  /** Watches that an answer is read. */
  private hold(socket: Socket, outgoing: ServerResponse): void {
    const bytes = socket.writableLength;
    this.unread.set(socket, bytes);
    this.unreadBytes += bytes;
    const timer = setTimeout(() => socket.destroy(), this.limits.patience * 1000);
    outgoing.once("close", () => {
      clearTimeout(timer);
      this.unreadBytes -= this.unread.get(socket) ?? 0;
      this.unread.delete(socket);
    });
    for (const [oldest, length] of this.unread) {
      if (this.unreadBytes <= this.limits.unread) break;
      this.unreadBytes -= length;
      this.unread.delete(oldest);
      oldest.destroy();
    }
  }

  private next(socket: Socket): void {
    const next = socket.destroyed ? undefined : this.waiting.get(socket)?.shift();
    if (next) return void this.answer(...next);
    this.waiting.delete(socket);
    this.current.delete(socket);
  }
}
