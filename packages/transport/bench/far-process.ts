import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import type { KeyPair } from "@coterie/transport";

/** The other process of the bench, and what it can be told. */
export interface FarProcess extends Disposable {
  readonly addresses: Readonly<Record<string, string>>;
  /** Gets the far end of a road ready to count; the inner promise resolves when that many have arrived. */
  expect(road: string, count: number): Promise<{ arrived: Promise<unknown> }>;
  /** Blocks the far process's event loop. */
  stall(ms: number): void;
}

export async function startFar(
  peersFolder: string,
  withGrpc: boolean,
  keys: Record<"near" | "far", KeyPair>,
): Promise<FarProcess> {
  const child: ChildProcess = fork(
    new URL("./far.ts", import.meta.url),
    [peersFolder, withGrpc ? "with-grpc" : "without-grpc", JSON.stringify(keys)],
    {
      execArgv: ["--conditions=@coterie/source"],
      stdio: ["ignore", "inherit", "inherit", "ipc"],
    },
  );
  const [addresses] = (await once(child, "message")) as [Record<string, string>];
  return {
    addresses,
    async expect(road, count) {
      child.send({ road, count });
      await once(child, "message");
      return { arrived: once(child, "message") };
    },
    stall: (ms) => void child.send({ road: "stall", count: ms }),
    [Symbol.dispose]: () => void child.kill(),
  };
}

/** Starts a link that leads to a socket of this machine and passes so many bits per second on. */
export async function startNarrowLink(
  path: string,
  bitsPerSecond: number,
): Promise<Disposable & { readonly address: string }> {
  const child = fork(new URL("./narrow-link.ts", import.meta.url), [path, String(bitsPerSecond)], {
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  });
  const [port] = (await once(child, "message")) as [number];
  return { address: `tcp://127.0.0.1:${port}`, [Symbol.dispose]: () => void child.kill() };
}
