// biome-ignore-all lint/suspicious/noExplicitAny: peers are foreign packages, and their types are not installed here.

/** A function that returns what a document of Yjs told others last. */
export function lastUpdate(doc: any): () => Uint8Array {
  let update: Uint8Array = new Uint8Array(0);
  doc.on("update", (bytes: Uint8Array) => {
    update = bytes;
  });
  return () => update;
}

/** A document from all that another told. */
export function loadedYjs(Y: any, bytes: Uint8Array): any {
  const doc = new Y.Doc();
  Y.applyUpdate(doc, bytes);
  return doc;
}
