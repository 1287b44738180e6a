import { isNodeId } from "@coterie/transport";
import { type MemberRecord, State } from "../gen/membership.ts";

/**
 * Orders all records of one member strictly: a later incarnation counts more; of one incarnation, alive < suspect <
 * dead < left (SWIM §4.2, with a departure that nothing but a new incarnation takes back). Only the member itself
 * says what stands in its record, so two records of one incarnation and state are equal unless two nodes run under
 * one name: then address and metadata decide, in the same way everywhere.
 *
 * Taking the greater one is commutative, associative, idempotent and monotone: whatever order news come in, and
 * however often, members that heard the same news hold the same records.
 */
export function compareRecords(a: MemberRecord, b: MemberRecord): number {
  return (
    a.incarnation - b.incarnation ||
    a.state - b.state ||
    compareText(a.address, b.address) ||
    compareBytes(a.metadata, b.metadata)
  );
}

/** The record that counts. The first one when they are equal. */
export function mergeRecords(a: MemberRecord, b: MemberRecord): MemberRecord {
  return compareRecords(a, b) >= 0 ? a : b;
}

function compareText(a: string, b: string): number {
  return a === b ? 0 : a < b ? -1 : 1;
}

function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const shorter = Math.min(a.length, b.length);
  for (let i = 0; i < shorter; i++) if (a[i] !== b[i]) return a[i]! - b[i]!;
  return a.length - b.length;
}

/** What nobody may claim to be, or cannot be read, is no record. */
export function isRecord({ id, address, incarnation, state, metadata, accuser }: MemberRecord): boolean {
  return (
    isNodeId(id) &&
    addressPattern.test(address) &&
    incarnation >= 0 &&
    state >= State.ALIVE &&
    state <= State.LEFT &&
    metadata.length <= metadataBytesMax &&
    (accuser === "" || isNodeId(accuser))
  );
}

const addressPattern = /^[\x21-\x7e]{1,256}$/;

/** Of one member, encoded. */
export const metadataBytesMax = 512;
