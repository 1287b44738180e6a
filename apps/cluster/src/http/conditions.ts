import type { Condition } from "../gen/store.ts";
import { Problem } from "./problem.ts";

/** A revision as an entity tag. */
export function entityTag(revision: number): string {
  return `"${revision}"`;
}

function malformed(header: string, value: string, expected: string): Problem {
  return new Problem(
    400,
    "MALFORMED_CONDITION",
    `${header}: ${value.slice(0, 80)} is not understood: send ${expected}.`,
  );
}

/**
 * The condition that a request's headers set (RFC 9110 §13.1): `If-Match: "REVISION"` or `*`, or `If-None-Match: *`.
 * One entity tag, not a list: a key stands at one revision. Throws `Problem`.
 */
export function conditionOf(headers: {
  readonly "if-match"?: string | undefined;
  readonly "if-none-match"?: string | undefined;
}): Condition | undefined {
  const match = headers["if-match"];
  const noneMatch = headers["if-none-match"];
  if (match !== undefined && noneMatch !== undefined)
    throw new Problem(400, "MALFORMED_CONDITION", "Send either If-Match or If-None-Match, not both.");
  if (noneMatch !== undefined) {
    if (noneMatch.trim() === "*") return { kind: { $case: "present", value: false } };
    throw malformed("If-None-Match", noneMatch, "`If-None-Match: *` to write only a key that is not there");
  }
  if (match === undefined) return undefined;
  if (match.trim() === "*") return { kind: { $case: "present", value: true } };
  const digits = /^(?:"(\d{1,16})"|(\d{1,16}))$/.exec(match.trim());
  const revision = Number(digits?.[1] ?? digits?.[2]);
  if (!Number.isSafeInteger(revision))
    throw malformed("If-Match", match, "the revision that a GET of the key gave as its ETag, or *");
  return { kind: { $case: "revision", value: revision } };
}
