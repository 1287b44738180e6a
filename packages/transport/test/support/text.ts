import type { Method } from "@coterie/transport";
import { text } from "../../src/contract/codecs.ts";

export { text };

export function textMethod(name: string): Method<string, string> {
  return { name, request: text, response: text };
}
