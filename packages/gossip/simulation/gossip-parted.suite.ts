import { suite as gossip } from "./gossip.suite.ts";

/**
 * Membership over a network that falls apart for longer than anybody waits, while no node crashes: nobody who starts
 * again brings the parts together, so they must find each other by themselves.
 */
export const suite: typeof gossip = {
  ...gossip,
  name: "gossip-parted",
  nodes: [4, 6],
  settings: { ...gossip.settings, forgetful: [false], retransmitMult: [4] },
  faults: ["partition", "loss", "delay"],
  intensity: 0.5,
  calls: 20,
};
