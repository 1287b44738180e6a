import { ItemsAt } from "../../list/items-at.ts";
import type { Slot, Slots } from "../../list/slots.ts";
import type { Engine } from "../../sequence/engine.ts";
import { INSERT_RIGHT, type Kind, ROOT } from "../../sequence/log.ts";
import type { Standing } from "../../sequence/standing.ts";
import type { Version } from "../../sequence/version.ts";
import { Carrying } from "./carrying.ts";

/**
 * Carries a movable list over. What is laid down are items, each at its place and with its value of then; how they came
 * there is forgotten, so their registers begin anew, and later writings of them count from there.
 */
export class MovableCarrying extends Carrying {
  readonly #items: ItemsAt<unknown>;
  #standing!: Standing;

  constructor(old: Engine, at: Version, fresh: Engine) {
    super(old, at, fresh);
    this.#items = new ItemsAt(old.sequence, this.#slots, this.past);
  }

  get #slots(): Slots<unknown> {
    return this.old.content as Slots<unknown>;
  }

  protected override isVisible(replica: number, seq: number): boolean {
    return this.#items.itemAt({ replica, seq }) !== undefined;
  }

  protected override lay(standing: Standing): void {
    this.#standing = standing;
    let rank = 0;
    for (const { replica, seq: first, size, visible } of standing.inOrder) {
      if (!visible) continue;
      for (let seq = first; seq < first + size; seq++) {
        const [refReplica, refSeq] = rank === 0 ? [ROOT, 0] : [this.base, rank - 1];
        this.#layItem(this.#kept({ replica, seq }), refReplica, refSeq);
        rank++;
      }
    }
  }

  protected override copy(
    author: number,
    size: number,
    kind: Kind,
    refReplica: number,
    refSeq: number,
    replica: number,
    at: number,
  ): void {
    let [parentKind, parent, parentSeq] = [kind, refReplica, refSeq];
    for (let i = 0; i < size; i++) {
      const slot = this.#slots.peek(replica, at + i);
      const seq = this.fresh.sequence.log.next(author);
      if (slot === undefined) this.insert(author, 1, parentKind, parent, parentSeq);
      else this.#put(author, this.#carried(slot), parentKind, parent, parentSeq);
      [parentKind, parent, parentSeq] = [INSERT_RIGHT, author, seq];
    }
  }

  /** Items are removed and spoken of by the elements that inserted them, wherever they stood. */
  protected override rankOf(standing: Standing, replica: number, seq: number): number | undefined {
    const place = this.#items.placeOf({ replica, seq });
    const item = this.#items.itemAt(place);
    return item === undefined ? undefined : super.rankOf(standing, place.replica, place.seq);
  }

  /** What is laid down for an item; undefined when it was removed since. */
  #kept(place: { readonly replica: number; readonly seq: number }): Slot<unknown> | undefined {
    const item = this.#items.itemAt(place)!;
    const own = this.#slots.peek(item.replica, this.old.sequence.log.contentOf(item.replica, item.seq));
    if (own === undefined) return undefined;
    const held = this.#items.valueOf(item);
    return held === undefined ? { kind: "emptied" } : { kind: "kept", value: held.value };
  }

  #layItem(slot: Slot<unknown> | undefined, refReplica: number, refSeq: number): void {
    if (slot === undefined) this.insert(this.base, 1, INSERT_RIGHT, refReplica, refSeq);
    else this.#put(this.base, slot, INSERT_RIGHT, refReplica, refSeq);
  }

  #put(author: number, slot: Slot<unknown>, kind: Kind, refReplica: number, refSeq: number): void {
    (this.fresh.content as Slots<unknown>).append(author, [slot]);
    const hidden = slot.kind === "replaced" || slot.kind === "outdated";
    this.fresh.sequence.insertUnder(
      author,
      1,
      hidden ? INSERT_RIGHT : kind,
      hidden ? ROOT : refReplica,
      hidden ? 0 : refSeq,
      hidden,
    );
  }

  #carried(slot: Slot<unknown>): Slot<unknown> {
    if (!("item" in slot)) return slot;
    const replica = this.old.sequence.replicas.find(slot.item.replica)!;
    const before = this.#items.timeOf(
      { replica, seq: slot.item.seq },
      slot.kind === "moved" ? "place" : "value",
    );
    return {
      ...slot,
      item: this.idOf(this.#standing, slot.item),
      time: Math.max(1, slot.time - before),
    };
  }
}
