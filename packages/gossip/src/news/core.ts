import type { Core, NodeId } from "@coterie/host";

/** Something was heard that this node had not known. */
export interface Heard<Item> {
  readonly type: "heard";
  readonly item: Item;
  readonly from: NodeId;
}

/** A core that carries items to every node: rumors, flooding and trees differ in how. */
export interface NewsCore<Item, Message> extends Core<Message, never, Heard<Item>> {
  /** Hands in an item of this node's own, under an id that was never used before. */
  tell(item: Item, now: number): void;
  metrics(): Readonly<Record<string, number>>;
}

/** One message of an app on its way: its bytes are kept, so that passing it on costs no encoding. */
export interface Item<Message> {
  /** Unique for ever: node, its epoch, a count. */
  readonly id: string;
  readonly payload: Uint8Array;
  readonly message: Message;
}
