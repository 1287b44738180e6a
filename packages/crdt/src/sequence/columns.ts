/**
 * Columns without rows, which all that is empty shares: a document of ten thousand small texts would have some hundred
 * thousand of them.
 */
export const noBytes: Uint8Array = new Uint8Array(0);
export const noUnits: Uint16Array = new Uint16Array(0);
export const noUints: Uint32Array = new Uint32Array(0);
export const noInts: Int32Array = new Int32Array(0);

/** Returns `column` with room for `size` entries, doubling so that appending stays O(1) on average. */
export function grown<Column extends Uint8Array | Uint16Array | Uint32Array | Int32Array>(
  column: Column,
  size: number,
): Column {
  if (size <= column.length) return column;
  const Type = column.constructor as new (length: number) => Column;
  const larger = new Type(Math.max(size, 2 * column.length));
  larger.set(column);
  return larger;
}
