import type { Socket } from "node:net";
import Fastify, {
  type FastifyBaseLogger,
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
  LogController,
} from "fastify";
import { StoreUnavailableError } from "../errors.ts";
import type { ReplicatedStore } from "../store/replicated.ts";
import { valueBytesMax } from "../store/store.ts";
import { keyRoutes } from "./keys.ts";
import { createMetrics } from "./metrics.ts";
import { Problem } from "./problem.ts";

export interface ServerOptions {
  readonly cluster: string;
  readonly logger?: FastifyBaseLogger;
  /** Why this node should be taken out of service, once there is a reason. */
  readonly failure?: () => Error | undefined;
}

const routes = "PUT, GET and DELETE /kv/KEY; GET /status, /livez, /readyz and /metrics";

/** The answer to whatever a handler threw or the framework refused. */
function problemOf(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof StoreUnavailableError)
    return new Problem(503, error.code, error.message, { mayHaveHappened: error.mayHaveHappened });
  const { code, statusCode = 500, message } = error as FastifyError;
  if (code === "FST_ERR_CTP_BODY_TOO_LARGE")
    return new Problem(
      413,
      "VALUE_TOO_LARGE",
      `A value has at most ${valueBytesMax} bytes. Split it over several keys, or keep it elsewhere and store where.`,
    );
  if (code === "FST_ERR_BAD_URL")
    return new Problem(400, "MALFORMED_URL", "The path is not valid percent-encoding: write % as %25.");
  if (statusCode >= 400 && statusCode < 500) return new Problem(statusCode, code ?? "BAD_REQUEST", message);
  return new Problem(500, "INTERNAL", "This node met a fault of its own; its log says more.");
}

/** Requests that are not even HTTP never reach a handler. */
function answerClientError(error: Error & { code?: string }, socket: Socket): void {
  if (!socket.writable || error.code === "ECONNRESET") {
    socket.destroy();
    return;
  }
  const problem =
    error.code === "HPE_HEADER_OVERFLOW"
      ? new Problem(431, "HEADERS_TOO_LARGE", "Path and headers are too large: at most 16 KiB together.")
      : new Problem(400, "MALFORMED_REQUEST", "The request is not valid HTTP/1.1.");
  const body = JSON.stringify(problem);
  const reason = problem.status === 431 ? "Request Header Fields Too Large" : "Bad Request";
  socket.end(
    `HTTP/1.1 ${problem.status} ${reason}\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
  );
}

/**
 * The HTTP face of one node. Any node serves any request; the store finds the leader. Every answer that is not a
 * success is JSON: `{ error: { code, message, ... } }`.
 */
export function createServer(store: ReplicatedStore, options: ServerOptions): FastifyInstance {
  const server = Fastify({
    bodyLimit: valueBytesMax,
    // Long keys must reach the handler, which says what is wrong with them.
    routerOptions: { maxParamLength: 1 << 16 },
    forceCloseConnections: true,
    logController: new LogController({ disableRequestLogging: true }),
    clientErrorHandler: answerClientError,
    frameworkErrors: (error, _request, reply) => {
      const problem = problemOf(error);
      void (reply as FastifyReply).code(problem.status).send(problem.toJSON());
    },
    ...(options.logger && { loggerInstance: options.logger }),
  });

  // A value is bytes: no body is parsed, whatever its type says.
  server.removeAllContentTypeParsers();
  server.addContentTypeParser("*", { parseAs: "buffer" }, (_request, body, done) => done(null, body));

  server.setNotFoundHandler((request) => {
    const asked = `${request.method} ${request.url.slice(0, 100)}`;
    throw new Problem(404, "ROUTE_UNKNOWN", `${asked} is not served here. There are: ${routes}.`);
  });
  server.setErrorHandler((error, request, reply) => {
    const problem = problemOf(error);
    if (problem.status === 500) request.log.error({ err: error, url: request.url }, "a request failed");
    return reply.code(problem.status).send(problem.toJSON());
  });

  const served = methodsByUrl(server);
  const metrics = createMetrics(store);
  server.addHook("onResponse", (request, reply, done) => {
    const route = request.routeOptions.url ?? "unknown";
    metrics.observe(request.method, route, reply.statusCode, reply.elapsedTime / 1000);
    done();
  });

  keyRoutes(server, store);
  server.get("/status", () => ({ cluster: options.cluster, ...store.status(), keys: store.size() }));
  server.get("/livez", () => {
    const failure = options.failure?.();
    if (failure) throw new Problem(503, "NODE_FAILED", `This node has stopped: ${failure.message}`);
    return { live: true };
  });
  server.get("/readyz", () => {
    const { leader } = store.status();
    const failure = options.failure?.();
    if (failure) throw new Problem(503, "NODE_FAILED", `This node has stopped: ${failure.message}`);
    if (leader === undefined) throw new Problem(503, "NO_LEADER", "This node knows of no leader yet.");
    return { ready: true, leader };
  });
  server.get("/metrics", async (_request, reply) =>
    reply.type(metrics.contentType).send(await metrics.text()),
  );
  refuseOtherMethods(server, served);
  return server;
}

/** The methods of each route that is added from now on. */
function methodsByUrl(server: FastifyInstance): Map<string, Set<string>> {
  const served = new Map<string, Set<string>>();
  server.addHook("onRoute", ({ url, method }) => {
    served.set(url, new Set([...(served.get(url) ?? []), ...[method].flat()]));
  });
  return served;
}

/** Who asks for what there is by a method that it does not have learns which it has (RFC 9110 §15.5.6). */
function refuseOtherMethods(server: FastifyInstance, served: ReadonlyMap<string, ReadonlySet<string>>): void {
  for (const [url, methods] of [...served]) {
    const allow = [...methods].join(", ");
    server.route({
      url,
      method: server.supportedMethods.filter((method) => !methods.has(method)),
      handler(request, reply) {
        reply.header("allow", allow);
        throw new Problem(405, "METHOD_NOT_ALLOWED", `${request.method} is not for ${url}, but ${allow}.`);
      },
    });
  }
}
