/**
 * How long a leader may answer reads by itself (thesis §6.4.1). A quorum that has answered a heartbeat which left at
 * time t will elect nobody else for an election timeout after t, because each of its members is loyal that long from
 * hearing the heartbeat, and a member that restarts is loyal to whomever it may have heard. This rests on clocks that
 * run at nearly the same rate, and on the leader's own clock not standing still: who cannot promise that reads by
 * ReadIndex.
 */
export class Lease {
  /** Rounds of heartbeats that no quorum has answered, and when they left. Oldest first. */
  #sent: { readonly round: number; readonly at: number }[] = [];
  #from: number = Number.NEGATIVE_INFINITY;
  #revoked = false;

  /** A new term begins without a lease. */
  reset(): void {
    this.#sent = [];
    this.#from = Number.NEGATIVE_INFINITY;
    this.#revoked = false;
  }

  sent(round: number, at: number): void {
    this.#sent.push({ round, at });
  }

  /** A quorum has answered this round or a later one. */
  confirmed(round: number): void {
    let count = 0;
    while (count < this.#sent.length && this.#sent[count]!.round <= round) count++;
    if (count === 0) return;
    this.#from = this.#sent[count - 1]!.at;
    this.#sent.splice(0, count);
  }

  /** When the latest round left that a quorum has answered: this node led then. */
  get confirmedAt(): number {
    return this.#from;
  }

  /** Somebody was asked to campaign: loyalty does not stop it, whenever the request arrives. For the rest of the term. */
  revoke(): void {
    this.#revoked = true;
  }

  /** When the lease ends, if loyalty lasts for `loyaltyMs` on this node's clock. */
  until(loyaltyMs: number): number {
    return this.#revoked ? Number.NEGATIVE_INFINITY : this.#from + loyaltyMs;
  }
}
