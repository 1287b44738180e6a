import { HistoryError } from "../errors.ts";
import { assertHistory, type History, type Operation, type ProcessId } from "./operation.ts";

/** Bounds of what is read. */
export interface ReadOptions {
  /** The longest line, in UTF-16 code units. Default 1,048,576. */
  readonly lineLengthMax?: number | undefined;
  /** The most operations. Default 10,000,000. */
  readonly operationsMax?: number | undefined;
}

/**
 * Reads a history from JSON lines. A line is one whole operation,
 *
 *     {"process":1,"invokedAt":3,"completedAt":7,"input":…,"output":…,"outcome":"ok"}
 *
 * or, as a client under way would log it, the call and later its end:
 *
 *     {"process":1,"type":"invoke","time":3,"input":…}
 *     {"process":1,"type":"ok","time":7,"output":…}
 *
 * where `type` may also end it with `failed` or `unknown`; an end that never comes counts as unknown. Empty lines
 * and lines that begin with # are passed over.
 *
 * Throws `HistoryError`, with the line and the reason, at the first line that says something else.
 */
export function parseHistory(text: string, options: ReadOptions = {}): History {
  const reader = new Reader(options);
  reader.take(text);
  return reader.end();
}

/** As `parseHistory`, from text that comes in pieces of any size, such as a file's read stream with an encoding. */
export async function readHistory(
  pieces: AsyncIterable<string> | Iterable<string>,
  options: ReadOptions = {},
): Promise<History> {
  const reader = new Reader(options);
  for await (const piece of pieces) reader.take(piece);
  return reader.end();
}

/** Writes a history as JSON lines, one whole operation each. Values must survive JSON. */
export function formatHistory(history: History): string {
  return history.map((operation) => `${JSON.stringify(operation)}\n`).join("");
}

type Fields = Readonly<Record<string, unknown>>;

class Reader {
  readonly #operations: Operation[] = [];
  readonly #lines: number[] = [];
  /** The operation under way of each process. */
  readonly #open = new Map<ProcessId, number>();
  readonly #lineLengthMax: number;
  readonly #operationsMax: number;
  #line = 0;
  /** The beginning of a line whose end has not come yet. */
  #rest = "";

  constructor(options: ReadOptions) {
    this.#lineLengthMax = options.lineLengthMax ?? 1024 * 1024;
    this.#operationsMax = options.operationsMax ?? 10_000_000;
  }

  take(piece: string): void {
    const lines = (this.#rest + piece).split("\n");
    this.#rest = lines.pop()!;
    for (const line of lines) this.#read(line);
    // No longer than it may be: a file without line ends must not fill the memory.
    if (this.#rest.length > this.#lineLengthMax) this.#read(this.#rest);
  }

  end(): History {
    if (this.#rest !== "") this.#read(this.#rest);
    try {
      assertHistory(this.#operations);
    } catch (error) {
      if (!(error instanceof HistoryError) || error.operation === undefined) throw error;
      throw new HistoryError(error.reason, { line: this.#lines[error.operation]! }, { cause: error });
    }
    return this.#operations;
  }

  #read(text: string): void {
    this.#line++;
    if (text.length > this.#lineLengthMax) {
      throw this.#error(
        `it is ${text.length} characters long or more, and ${this.#lineLengthMax} are allowed`,
      );
    }
    const line = this.#line === 1 && text.startsWith("\uFEFF") ? text.slice(1).trim() : text.trim();
    if (line === "" || line.startsWith("#")) return;
    const fields = this.#parse(line);
    const process = fields.process;
    if (typeof process !== "string" && typeof process !== "number") {
      throw this.#error("process must be a string or a number");
    }
    if (fields.type === undefined) this.#add(this.#operation(process, fields));
    else if (fields.type === "invoke") this.#invoke(process, fields);
    else this.#complete(process, fields);
  }

  #parse(line: string): Fields {
    let value: unknown;
    try {
      value = JSON.parse(line);
    } catch (cause) {
      throw this.#error(`it is not JSON (cut short?): ${line.slice(0, 60)}`, cause);
    }
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      throw this.#error("it must be a JSON object");
    }
    return value as Fields;
  }

  #operation(process: ProcessId, fields: Fields): Operation {
    const { input, outcome } = fields;
    const invokedAt = this.#time(fields, "invokedAt");
    const completedAt = fields.completedAt == null ? undefined : this.#time(fields, "completedAt");
    if (outcome === "ok") {
      if (completedAt === undefined) throw this.#error("an operation that is ok needs completedAt");
      return { process, invokedAt, completedAt, input, output: fields.output ?? null, outcome };
    }
    if (outcome !== "failed" && outcome !== "unknown") {
      throw this.#error(`outcome must be "ok", "failed" or "unknown", not ${JSON.stringify(outcome)}`);
    }
    return { process, invokedAt, ...(completedAt !== undefined && { completedAt }), input, outcome };
  }

  #invoke(process: ProcessId, fields: Fields): void {
    if (this.#open.has(process)) {
      throw this.#error(
        `process ${process} calls again before its last call ended: end that as unknown first`,
      );
    }
    this.#open.set(process, this.#operations.length);
    const invokedAt = this.#time(fields, "time");
    this.#add({ process, invokedAt, input: fields.input, outcome: "unknown" });
  }

  #complete(process: ProcessId, fields: Fields): void {
    const { type } = fields;
    if (type !== "ok" && type !== "failed" && type !== "unknown") {
      throw this.#error(`type must be "invoke", "ok", "failed" or "unknown", not ${JSON.stringify(type)}`);
    }
    const index = this.#open.get(process);
    if (index === undefined)
      throw this.#error(`process ${process} has no call under way that this could end`);
    this.#open.delete(process);
    const { invokedAt, input } = this.#operations[index]!;
    const completedAt = this.#time(fields, "time");
    this.#operations[index] =
      type === "ok"
        ? { process, invokedAt, completedAt, input, output: fields.output ?? null, outcome: type }
        : { process, invokedAt, completedAt, input, outcome: type };
  }

  #add(operation: Operation): void {
    if (this.#operations.length >= this.#operationsMax) {
      throw this.#error(`there are more than the ${this.#operationsMax} operations allowed`);
    }
    this.#operations.push(operation);
    this.#lines.push(this.#line);
  }

  #time(fields: Fields, name: string): number {
    const time = fields[name];
    if (typeof time !== "number") throw this.#error(`${name} must be a number, not ${JSON.stringify(time)}`);
    return time;
  }

  #error(reason: string, cause?: unknown): HistoryError {
    return new HistoryError(reason, { line: this.#line }, cause === undefined ? undefined : { cause });
  }
}
