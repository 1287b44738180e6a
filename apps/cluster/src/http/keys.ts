import type { FastifyInstance, FastifyReply } from "fastify";
import type { Condition, Outcome } from "../gen/store.ts";
import type { Consistency, ReplicatedStore } from "../store/replicated.ts";
import { keyBytesMax } from "../store/store.ts";
import { conditionOf, entityTag } from "./conditions.ts";
import { Problem } from "./problem.ts";

const waitMsDefault = 5_000;
const waitMsMax = 60_000;

interface KeyRoute {
  Params: { key: string };
  Querystring: { consistency?: string; timeoutMs?: string };
  Headers: { "if-match"?: string; "if-none-match"?: string };
}

function keyOf(params: { readonly key: string }): string {
  const bytes = Buffer.byteLength(params.key);
  if (bytes === 0) throw new Problem(400, "KEY_EMPTY", "A key has at least one character: /kv/KEY.");
  if (bytes > keyBytesMax)
    throw new Problem(
      414,
      "KEY_TOO_LARGE",
      `The key has ${bytes} bytes; at most ${keyBytesMax} are allowed. Use a shorter key, or a hash of it.`,
    );
  return params.key;
}

function consistencyOf(query: KeyRoute["Querystring"]): Consistency {
  const asked = query.consistency ?? "linearizable";
  if (asked === "linearizable" || asked === "stale") return asked;
  throw new Problem(
    400,
    "UNKNOWN_CONSISTENCY",
    `consistency=${String(asked).slice(0, 40)} is not known: use linearizable (the default) or stale.`,
  );
}

function timeoutMsOf(query: KeyRoute["Querystring"]): number {
  if (query.timeoutMs === undefined) return waitMsDefault;
  const timeoutMs = Number(query.timeoutMs);
  if (Number.isInteger(timeoutMs) && timeoutMs > 0 && timeoutMs <= waitMsMax) return timeoutMs;
  throw new Problem(400, "MALFORMED_TIMEOUT", `timeoutMs is a whole number from 1 to ${waitMsMax}.`);
}

/**
 * What is remembered of a value's type. Forms are what `curl -d` says of anything, so they say nothing; a type that
 * is not known to be harmless to a browser is served as plain bytes.
 */
function contentTypeOf(sent: string | undefined): string {
  const type = sent?.split(";")[0]?.trim().toLowerCase();
  return type === "application/json" || type === "text/plain" ? type : "application/octet-stream";
}

function checkJson(body: Uint8Array): void {
  try {
    JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(body));
  } catch (error) {
    throw new Problem(
      400,
      "MALFORMED_JSON",
      `The body is not valid JSON (${(error as Error).message}). Correct it, or send it as another content type: then any bytes will do.`,
    );
  }
}

function refused(revision: number, condition: Condition | undefined): Problem {
  if (condition?.kind?.$case === "present" && condition.kind.value === false)
    return new Problem(412, "KEY_EXISTS", `The key is there already, at revision ${revision}.`, { revision });
  const where = revision === 0 ? "is not there" : `is at revision ${revision}`;
  return new Problem(
    412,
    "REVISION_MISMATCH",
    `The key ${where}. Read it again, decide, and send its ETag as If-Match.`,
    { revision },
  );
}

function answer(reply: FastifyReply, outcome: Outcome, condition: Condition | undefined): FastifyReply {
  switch (outcome.kind?.$case) {
    case "written": {
      const { revision } = outcome.kind.value;
      return reply.header("etag", entityTag(revision)).send({ revision });
    }
    case "removed":
      if (outcome.kind.value.found) return reply.code(204).send();
      throw new Problem(404, "KEY_NOT_FOUND", "There is no such key.");
    case "refused":
      throw refused(outcome.kind.value.revision, condition);
    case undefined:
      throw new Problem(500, "UNKNOWN_OUTCOME", "The store gave an answer that this node does not know.");
  }
}

/** `PUT`, `GET` and `DELETE /kv/:key`. Values are bytes, as they were sent. */
export function keyRoutes(server: FastifyInstance, store: ReplicatedStore): void {
  server.put<KeyRoute & { Body: Buffer | undefined }>("/kv/:key", async (request, reply) => {
    const key = keyOf(request.params);
    const condition = conditionOf(request.headers);
    const value = request.body ?? new Uint8Array(0);
    const contentType = contentTypeOf(request.headers["content-type"]);
    if (contentType === "application/json") checkJson(value);
    const outcome = await store.execute(
      { kind: { $case: "put", value: { key, value, contentType, condition } } },
      { timeoutMs: timeoutMsOf(request.query) },
    );
    return answer(reply, outcome, condition);
  });

  server.delete<KeyRoute>("/kv/:key", async (request, reply) => {
    const key = keyOf(request.params);
    const condition = conditionOf(request.headers);
    const outcome = await store.execute(
      { kind: { $case: "remove", value: { key, condition } } },
      { timeoutMs: timeoutMsOf(request.query) },
    );
    return answer(reply, outcome, condition);
  });

  server.get<KeyRoute>("/kv/:key", async (request, reply) => {
    const key = keyOf(request.params);
    const wait = { timeoutMs: timeoutMsOf(request.query) };
    const entry = await store.read(key, consistencyOf(request.query), wait);
    if (!entry) throw new Problem(404, "KEY_NOT_FOUND", "There is no such key.");
    return reply
      .header("etag", entityTag(entry.revision))
      .header("x-content-type-options", "nosniff")
      .type(entry.contentType)
      .send(Buffer.from(entry.value.buffer, entry.value.byteOffset, entry.value.byteLength));
  });
}
