import type { Transport } from "../transport.ts";

/** The road under test, as the contract needs it. */
export interface RoadUnderTest {
  /**
   * Makes a transport of the given id, listening somewhere. The road between the transports of one test must lose
   * nothing, or the contract cannot tell a lost message from a broken promise.
   */
  transport(id: string): Promise<Transport>;
  /** Lets that much of the road's time pass, virtual or real, and delivers what is due. */
  pass(ms: number): Promise<void>;
  /** Closes what the test left behind. */
  close(): Promise<void>;
}

/** Makes a road of its own for one test. */
export type RoadFactory = () => Promise<RoadUnderTest>;

/** One promise of `Transport`. `run` rejects with an assertion error when the road breaks it. */
export interface ContractCase {
  readonly name: string;
  run(factory: RoadFactory): Promise<void>;
}
