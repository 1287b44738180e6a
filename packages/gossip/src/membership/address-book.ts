import type { Cancel, Host } from "@coterie/host";
import { type AtomicFile, openAtomicFile } from "@coterie/storage";
import { AddressBook as Stored } from "../gen/membership.ts";
import { isInService, type Member } from "./members.ts";

/** Enough to find the others by, were most of them down. */
const addressesMax = 32;
/** Changes are written together. */
const writeEveryMs = 1_000;

/**
 * Where some members listen, on this node's disk. It is a help and no promise: when it cannot be read or written, the
 * seeds must do.
 */
export class AddressBook {
  readonly #host: Host;
  readonly #members: () => Iterable<Member>;
  #file: AtomicFile | undefined;
  #written = "";
  #due = false;
  #closed = false;
  #callOff: Cancel = () => {};

  constructor(host: Host, members: () => Iterable<Member>) {
    this.#host = host;
    this.#members = members;
  }

  /** What was written in an earlier life. */
  async read(): Promise<readonly string[]> {
    try {
      this.#file = await openAtomicFile(this.#host.disk, "membership/addresses");
      return this.#file.value ? Stored.decode(this.#file.value).addresses.slice(0, addressesMax) : [];
    } catch {
      return [];
    }
  }

  /** Somebody came, went or moved. */
  changed(): void {
    if (this.#due || this.#closed) return;
    this.#due = true;
    const { clock } = this.#host;
    this.#callOff = clock.wake(clock.now() + writeEveryMs, () => void this.#write());
  }

  close(): void {
    this.#closed = true;
    this.#callOff();
  }

  async #write(): Promise<void> {
    const addresses = this.#choose();
    const text = addresses.join();
    // Who is alone keeps the addresses by which it may find the others again.
    if (this.#closed || this.#file === undefined || addresses.length === 0 || text === this.#written) {
      this.#due = false;
      return;
    }
    try {
      await this.#file.replace(Stored.encode({ addresses }).finish());
      this.#written = text;
    } catch {
      this.#file = undefined;
    }
    this.#due = false;
  }

  /** Those known longest: newcomers change nothing then. */
  #choose(): string[] {
    const addresses: string[] = [];
    for (const member of this.#members()) {
      if (isInService(member)) addresses.push(member.record.address);
      if (addresses.length === addressesMax) break;
    }
    return addresses;
  }
}
