import { join } from "node:path";
import type { Bench } from "@coterie/bench";

/** One that makes records durable. */
export interface Contest {
  readonly name: string;
  /** Makes that many records durable, together. */
  append(records: number): Promise<unknown>;
  close(): Promise<unknown>;
}

/** Those of the peers that can be loaded here, each used as its manual says for a durable log. */
export async function openPeers(bench: Bench, root: string, payload: Uint8Array): Promise<Contest[]> {
  const makers = [sqlite, level, lmdb];
  const found = await Promise.all(makers.map((make) => make(bench, root, payload)));
  return found.filter((contest) => contest !== undefined);
}

async function sqlite(bench: Bench, root: string, payload: Uint8Array): Promise<Contest | undefined> {
  const module = await bench.peer("better-sqlite3");
  if (!module) return undefined;
  const db = new module.default(join(root, "sqlite.db"));
  db.pragma("journal_mode = WAL");
  db.pragma("synchronous = FULL");
  db.exec("create table log (number integer primary key, record blob)");
  const insert = db.prepare("insert into log (record) values (?)");
  const bytes = Buffer.from(payload);
  const many = db.transaction((records: number) => {
    for (let i = 0; i < records; i++) insert.run(bytes);
  });
  return {
    name: "better-sqlite3",
    append: async (records) => (records === 1 ? insert.run(bytes) : many(records)),
    close: async () => db.close(),
  };
}

async function level(bench: Bench, root: string, payload: Uint8Array): Promise<Contest | undefined> {
  const module = await bench.peer("classic-level");
  if (!module) return undefined;
  const encodings = { keyEncoding: "buffer", valueEncoding: "buffer" };
  const db = new module.ClassicLevel(join(root, "level"), encodings);
  await db.open();
  const value = Buffer.from(payload);
  const nextKey = keys();
  const put = () => ({ type: "put", key: nextKey(), value });
  return {
    name: "classic-level",
    append: (records) =>
      records === 1
        ? db.put(nextKey(), value, { sync: true })
        : db.batch(Array.from({ length: records }, put), { sync: true }),
    close: () => db.close(),
  };
}

async function lmdb(bench: Bench, root: string, payload: Uint8Array): Promise<Contest | undefined> {
  const module = await bench.peer("lmdb");
  if (!module) return undefined;
  const db = module.open({
    path: join(root, "lmdb"),
    encoding: "binary",
    keyEncoding: "binary",
    overlappingSync: false,
  });
  const value = Buffer.from(payload);
  const nextKey = keys();
  return {
    name: "lmdb",
    append: (records) =>
      records === 1
        ? db.put(nextKey(), value)
        : db.transaction(() => {
            for (let i = 0; i < records; i++) db.put(nextKey(), value);
          }),
    close: () => db.close(),
  };
}

/** Ascending keys, as a log has them. */
function keys(): () => Buffer {
  let next = 0;
  return () => {
    const key = Buffer.allocUnsafe(8);
    key.writeDoubleBE(next++);
    return key;
  };
}
