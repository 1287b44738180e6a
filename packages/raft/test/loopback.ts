import { createHost, type Host } from "@coterie/host";

/**
 * A host on a port of loopback that nobody is lent while this one is down: below those that systems give to connections
 * and to whoever asks for any port. So it can be started again where it was.
 */
export async function hostOnLoopback(id: string, directory: string, address?: string): Promise<Host> {
  if (address !== undefined) return await createHost({ id, listen: address, directory });
  for (;;) {
    const port = 10_000 + Math.floor(Math.random() * 20_000);
    try {
      return await createHost({ id, listen: `tcp://127.0.0.1:${port}`, directory });
    } catch (error) {
      if ((error as { code?: string }).code !== "ERR_ADDRESS_IN_USE") throw error;
    }
  }
}
