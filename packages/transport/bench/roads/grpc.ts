import { createRequire } from "node:module";
import { join } from "node:path";
import type { FarRoad, NearRoad } from "./road.ts";

const bytes = (value: Buffer): Buffer => value;
const methods = {
  echo: {
    path: "/bench.Echo/Echo",
    requestStream: false,
    responseStream: false,
    requestSerialize: bytes,
    requestDeserialize: bytes,
    responseSerialize: bytes,
    responseDeserialize: bytes,
  },
};

// biome-ignore lint/suspicious/noExplicitAny: a peer, whose types are not installed here.
function load(folder: string): any {
  return createRequire(join(folder, "load.js"))("@grpc/grpc-js");
}

/** @grpc/grpc-js without any serialization: unary calls that echo bytes. */
export async function farGrpc(peersFolder: string): Promise<FarRoad> {
  const grpc = load(peersFolder);
  const server = new grpc.Server();
  server.addService(methods, {
    echo: (call: { request: Buffer }, answer: (error: null, response: Buffer) => void) =>
      answer(null, call.request),
  });
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync(
      "127.0.0.1:0",
      grpc.ServerCredentials.createInsecure(),
      (error: Error | null, p: number) => (error ? reject(error) : resolve(p)),
    ),
  );
  return { address: `127.0.0.1:${port}`, expect: () => {} };
}

export async function nearGrpc(address: string, peersFolder: string): Promise<NearRoad> {
  const grpc = load(peersFolder);
  const Client = grpc.makeGenericClientConstructor(methods, "Echo");
  const client = new Client(address, grpc.credentials.createInsecure());
  return {
    call: (length) =>
      new Promise((resolve, reject) =>
        client.echo(Buffer.alloc(length), (error: Error | null) => (error ? reject(error) : resolve())),
      ),
    async close() {
      client.close();
    },
  };
}
