import { createServer, type Server } from "node:net";

/**
 * Below the ports that systems lend to connections and to whoever asks for any port (Linux from 32768, others from
 * 49152): a node that is down for a moment would else find its own port taken by a link, even by one that was looking
 * for this very node and, on loopback, met itself.
 */
const range = { from: 10_000, to: 32_767 };

/** Processes that look at the same moment do not look at the same place. */
let next = process.pid * 100;

/** Ports of `host` that were free a moment ago, all different. */
export async function freePorts(count: number, host: string): Promise<number[]> {
  const ports: number[] = [];
  for (let tried = 0; ports.length < count; tried++) {
    const port = range.from + (next++ % (range.to - range.from));
    if (await isFree(port, host)) ports.push(port);
    else if (tried > range.to - range.from) throw new Error(`no ${count} ports are free on ${host}`);
  }
  return ports;
}

async function isFree(port: number, host: string): Promise<boolean> {
  const server = createServer();
  try {
    await listening(server, port, host);
  } catch {
    return false;
  }
  await new Promise((resolve) => server.close(resolve));
  return true;
}

function listening(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject).listen(port, host, resolve);
  });
}
