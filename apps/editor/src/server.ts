import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { buildPage } from "./build.ts";

/** The demo's server: one page, to this machine alone. */
export interface EditorServer extends AsyncDisposable {
  readonly address: string;
}

/** Serves the demo on a port of the loopback interface; 0 takes a free one. */
export async function serveEditor(port: number): Promise<EditorServer> {
  const page = await buildPage();
  const server = createServer((request, response) => {
    const found = request.url === "/" && request.method === "GET";
    response.writeHead(found ? 200 : 404, {
      "content-type": "text/html; charset=utf-8",
      "content-security-policy":
        "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:",
    });
    response.end(found ? page : "Not found");
  });
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
