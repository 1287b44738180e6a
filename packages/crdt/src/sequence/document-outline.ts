import type { Reader } from "../bytes/reader.ts";
import { CorruptBytesError, InvalidUpdateError, LimitExceededError } from "../errors.ts";
import { AT_REMOVE, AT_REMOVE_BACKWARD, BY_ID } from "./document-format.ts";
import type { SequenceLimits } from "./engine.ts";
import { SEQ_MAX } from "./log.ts";
import { checkReplicaId } from "./replicas.ts";
import type { Version } from "./version.ts";

/** What can be known of a document without replaying it. */
export interface Outline {
  /** Elements that are visible. */
  readonly length: number;
  readonly version: Version;
}

/**
 * Checks a body of a document whose operations are all told by positions, as they are when nobody wrote at the same time,
 * and returns its outline; `body` then stands at their content. Such a replay depends on nothing but
 * the length so far, so it need not be done to know that it will succeed: it can wait until somebody edits. Returns
 * undefined when only the replay itself can tell. Throws what DocumentReader would throw.
 */
export function outline(body: Reader, limits: SequenceLimits): Outline | undefined {
  const table = readTable(body, limits.replicasMax);
  const replicas = table.length;
  const [sections, ops, positions] = [body.section(), body.section(), body.section()];
  const [refs, hidden] = [body.section(), body.section()];
  if (refs.left > 0 || hidden.left > 0) return undefined;
  const carets = new Array<number>(replicas).fill(0);
  const nexts = new Array<number>(replicas).fill(0);
  let length = 0;
  let elements = 0;
  while (sections.left > 0) {
    const number = sections.uint();
    if (number >= replicas) throw new InvalidUpdateError("it names a replica outside its table");
    let caret = carets[number]!;
    let next = nexts[number]!;
    for (let left = sections.uint(); left > 0; left--) {
      const head = ops.uint();
      const what = head % 4;
      const size = (head - what) / 4;
      next += size;
      if (what === BY_ID) return undefined;
      if (size === 0 || next > SEQ_MAX) throw new InvalidUpdateError("an operation has an impossible size");
      const removes = what === AT_REMOVE || what === AT_REMOVE_BACKWARD;
      caret += positions.int() - (what === AT_REMOVE_BACKWARD ? size : 0);
      if (caret < 0 || caret + (removes ? size : 0) > length)
        throw new InvalidUpdateError("a position is outside");
      if (removes) length -= size;
      else {
        length += size;
        elements += size;
        caret += size;
      }
    }
    carets[number] = caret;
    nexts[number] = next;
  }
  if (elements > limits.elementsMax)
    throw new LimitExceededError(`The sequence would have more than ${limits.elementsMax} elements.`);
  ops.finish();
  positions.finish();
  const seen = table.map((id, number): [string, number] => [id, nexts[number]!]);
  return { length, version: new Map(seen.filter(([, next]) => next > 0)) };
}

function readTable(body: Reader, replicasMax: number): string[] {
  const table: string[] = [];
  let before = "";
  const count = body.count(2);
  if (count > replicasMax) throw new LimitExceededError(`There are more than ${replicasMax} replicas.`);
  for (let left = count; left > 0; left--) {
    const id = body.text();
    checkReplicaId(id);
    if (id <= before) throw new CorruptBytesError("the replica ids are not in order");
    before = id;
    table.push(id);
  }
  return table;
}
