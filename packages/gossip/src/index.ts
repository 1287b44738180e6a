export { InvariantError, OptionError, StoppedError, TimeoutError } from "./errors.ts";
