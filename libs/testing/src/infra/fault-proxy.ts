import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/** How a link behaves, each way. */
export interface LinkFaults {
  /** one way; a round trip takes twice as long */
  readonly delayMs?: number;
  /**
   * share of pieces that are lost and sent again by TCP: everything behind waits for a retransmission (200 ms and more),
   * which is all that a program above TCP sees of a lost packet
   */
  readonly lossShare?: number;
  readonly random?: () => number;
}

export type Direction = 'both' | 'towards the target' | 'towards the client';

const RETRANSMISSION_MS = 200;

/**
 * A TCP link on loopback with faults: slow, lossy, cut in both directions or in one, and with several targets a balancer
 * that leaves out those that refuse. A cut is silent as a broken line is: nothing is closed, nothing arrives.
 */
export class FaultProxy {
  readonly #server: Server;
  readonly #targets: () => readonly number[];
  readonly #sockets = new Set<Socket>();
  #faults: LinkFaults = {};
  #cut: Direction | undefined;
  readonly #lines = new Set<Line>();
  #next = 0;
  opened = 0;

  private constructor(targets: () => readonly number[]) {
    this.#targets = targets;
    this.#server = createServer({ noDelay: true }, (client) => this.#accept(client));
  }

  static async open(targets: () => readonly number[]): Promise<FaultProxy> {
    const proxy = new FaultProxy(targets);
    await new Promise<void>((resolve) => proxy.#server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  become(faults: LinkFaults): void {
    this.#faults = faults;
  }

  cut(direction: Direction): void {
    this.#cut = direction;
  }

  mend(): void {
    this.#cut = undefined;
    for (const line of this.#lines) line.flow();
  }

  /** Ends what is open, as a restart of a balancer would. */
  reset(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async close(): Promise<void> {
    this.reset();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  #accept(client: Socket): void {
    this.#keep(client);
    void this.#dial().then((target) => {
      if (!target) return client.destroy();
      this.opened += 1;
      this.#keep(target);
      this.#join({ from: client, to: target, direction: 'towards the target' });
      this.#join({ from: target, to: client, direction: 'towards the client' });
    });
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.once('close', () => this.#sockets.delete(socket));
  }

  /** Round robin over those that accept. While the line is cut nobody is reached. */
  async #dial(): Promise<Socket | undefined> {
    const ports = this.#targets();
    for (let tried = 0; tried < ports.length; tried++) {
      const socket = await dial(ports[this.#next++ % ports.length]!);
      if (socket) return socket;
    }
    return undefined;
  }

  #join({ from, to, direction }: { from: Socket; to: Socket; direction: Direction }): void {
    const line = new Line({ faults: () => this.#faults, isCut: () => this.#isCut(direction) });
    this.#lines.add(line);
    from.on('data', (piece) => line.carry(() => void (to.destroyed || to.write(piece))));
    from.on('close', () => {
      line.carry(() => {
        to.end();
        this.#lines.delete(line);
      });
    });
  }

  #isCut(direction: Direction): boolean {
    return this.#cut === 'both' || this.#cut === direction;
  }
}

/** One direction of one connection: what goes in comes out in order, later, and not at all while it is cut. */
class Line {
  readonly #options: { readonly faults: () => LinkFaults; readonly isCut: () => boolean };
  readonly #waiting: { readonly dueMs: number; readonly send: () => void }[] = [];
  #dueMs = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: { faults: () => LinkFaults; isCut: () => boolean }) {
    this.#options = options;
  }

  carry(send: () => void): void {
    const { delayMs = 0, lossShare = 0, random = Math.random } = this.#options.faults();
    const isLost = lossShare > 0 && random() < lossShare;
    const dueMs = performance.now() + delayMs + (isLost ? RETRANSMISSION_MS + 2 * delayMs : 0);
    // nothing overtakes what was lost: that is what a lost packet costs
    this.#dueMs = Math.max(this.#dueMs, dueMs);
    this.#waiting.push({ dueMs: this.#dueMs, send });
    this.flow();
  }

  flow(): void {
    clearTimeout(this.#timer);
    while (this.#waiting.length > 0 && !this.#options.isCut()) {
      const restMs = this.#waiting[0]!.dueMs - performance.now();
      if (restMs > 0) return void (this.#timer = setTimeout(() => this.flow(), restMs));
      this.#waiting.shift()!.send();
    }
  }
}

const dial = (port: number): Promise<Socket | undefined> =>
  new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    socket.once('connect', () => {
      socket.removeAllListeners('error');
      resolve(socket);
    });
    socket.once('error', () => resolve(undefined));
  });
