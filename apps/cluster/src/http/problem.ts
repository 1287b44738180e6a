/** What a client did, or met, that is not a success: the status and JSON body of the answer. */
export class Problem extends Error {
  override readonly name = "Problem";
  readonly status: number;
  /** Stable, for programs. */
  readonly code: string;
  /** Further members of the body. */
  readonly details: Readonly<Record<string, string | number | boolean>>;

  constructor(status: number, code: string, message: string, details: Problem["details"] = {}) {
    super(message);
    this.status = status;
    this.code = code;
    this.details = details;
  }

  /** The body: `{ error: { code, message, ... } }`. */
  toJSON(): { error: Record<string, string | number | boolean> } {
    return { error: { code: this.code, message: this.message, ...this.details } };
  }
}
