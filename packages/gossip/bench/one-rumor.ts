import type { NodeId, Random } from "@coterie/host";
import { type Mongering, RumorCore, type RumorMessage } from "../src/rumor/core.ts";
import { names, Rounds } from "./rounds.ts";

/** Cores of as many nodes that will hear of one rumor, begun at the first. */
export interface OneRumor {
  readonly rounds: Rounds<RumorMessage<string>, RumorCore<string>>;
  /** How many have not heard it. */
  ignorant(): number;
}

const rumor = "news";

export function oneRumor(
  nodes: number,
  random: Random,
  how: Mongering & { readonly fanout: number; readonly periodMs: number; readonly waves: boolean },
): OneRumor {
  const ids = names(nodes);
  const core = (id: NodeId): RumorCore<string> =>
    new RumorCore<string>({
      ...how,
      id,
      peers: ids,
      random,
      idOf: (item) => item,
      bytesOf: (item) => item.length,
      messageBytesMax: 1_024,
      rumorsMax: 16,
      rememberMax: 16,
      contactsMax: 64 * how.k,
    });
  const cores = new Map(ids.map((id) => [id, core(id)]));
  cores.get("n0")!.tell(rumor, 0);
  return {
    rounds: new Rounds(cores, random, how.waves),
    ignorant: () => [...cores.values()].reduce((sum, node) => sum + (node.remembers(rumor) ? 0 : 1), 0),
  };
}
