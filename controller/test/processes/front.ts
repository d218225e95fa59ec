import { type AddressInfo, connect, createServer, type Socket } from "node:net";

/** A load balancer for TCP in front of any number of daemons: its address stays while they come and go. */
export interface Front {
  readonly port: number;
  /** The connections are dealt out in turn; with none they are cut at once. */
  readonly pointTo: (targets: readonly string[]) => void;
  readonly close: () => Promise<void>;
}

/** Listens on a loopback port. Targets are URLs; bytes pass as they are, so TLS ends behind it. */
export async function openFront(): Promise<Front> {
  const open = new Set<Socket>();
  let targets: readonly URL[] = [];
  let turn = 0;

  function join(one: Socket, other: Socket): void {
    open.add(one);
    one.on("error", () => one.destroy());
    one.on("close", () => {
      open.delete(one);
      other.destroy();
    });
    one.pipe(other);
  }
  const server = createServer((client) => {
    const target = targets[turn++ % Math.max(1, targets.length)];
    if (target === undefined) return client.resetAndDestroy();
    const upstream = connect(Number(target.port), target.hostname);
    join(client, upstream);
    join(upstream, client);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    pointTo: (urls) => {
      targets = urls.map((url) => new URL(url));
    },
    close: () =>
      new Promise((resolve) => {
        for (const socket of open) socket.destroy();
        server.close(() => resolve());
      }),
  };
}
