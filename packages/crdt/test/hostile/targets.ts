import { documents } from "./documents.ts";
import { messages } from "./messages.ts";
import { sequences } from "./sequences.ts";
import { states } from "./states.ts";
import type { Target } from "./target.ts";

/** Everything that takes bytes in. */
export const targets: readonly Target[] = [...states, ...sequences, ...documents, ...messages];
