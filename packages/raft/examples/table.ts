import { DatabaseSync } from "node:sqlite";
import {
  json,
  type OnDiskStateMachine,
  type ReplicaChanges,
  type ReplicaRecords,
} from "@coterie/state-machine";

export interface Put {
  readonly key: string;
  readonly value: string;
}

/** Keys and values in SQLite: a transaction begins with the first command that is applied, and ends with `store`. */
export class Table implements OnDiskStateMachine<Put, null, string, string | undefined> {
  isOnDisk = true as const;
  commands = json<Put>();
  results = json<null>();
  path: string;
  db!: DatabaseSync;

  constructor(path: string) {
    this.path = path;
  }
  async open(): Promise<ReplicaRecords> {
    this.db = new DatabaseSync(this.path);
    this.db.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
      CREATE TABLE IF NOT EXISTS state (key TEXT PRIMARY KEY, value TEXT);
      CREATE TABLE IF NOT EXISTS records (key TEXT PRIMARY KEY, value BLOB);
      BEGIN`);
    const rows = this.db.prepare("SELECT key, value FROM records").all();
    return new Map(rows.map(({ key, value }) => [key as string, value as Uint8Array]));
  }
  apply({ key, value }: Put) {
    this.db.prepare("INSERT OR REPLACE INTO state VALUES (?, ?)").run(key, value);
    return null;
  }
  query(key: string) {
    return this.db.prepare("SELECT value FROM state WHERE key = ?").get(key)?.value as string | undefined;
  }
  store(changes: ReplicaChanges) {
    const put = this.db.prepare("INSERT OR REPLACE INTO records VALUES (?, ?)");
    const remove = this.db.prepare("DELETE FROM records WHERE key = ?");
    for (const [key, value] of changes) {
      if (value === null) remove.run(key);
      else put.run(key, value);
    }
    this.db.exec("COMMIT; BEGIN");
  }
  async sync() {} // with synchronous = FULL, COMMIT has done it
  snapshot() {
    const db = new DatabaseSync(this.path, { readOnly: true });
    db.exec("BEGIN; SELECT 1 FROM state LIMIT 1"); // from here on it sees the state as it is now
    return (function* () {
      try {
        for (const { key, value } of db.prepare("SELECT key, value FROM state").iterate())
          yield new TextEncoder().encode(`${JSON.stringify([key, value])}\n`);
      } finally {
        db.close();
      }
    })();
  }
  async restore(chunks: AsyncIterable<Uint8Array>, records: ReplicaRecords) {
    this.db.exec("ROLLBACK; BEGIN; DELETE FROM state; DELETE FROM records");
    const decoder = new TextDecoder();
    let text = "";
    for await (const chunk of chunks) {
      const lines = (text + decoder.decode(chunk, { stream: true })).split("\n");
      text = lines.pop()!;
      for (const line of lines) {
        const [key, value] = JSON.parse(line);
        this.apply({ key, value });
      }
    }
    this.store(records);
  }
  async close() {
    this.db.close();
  }
}
