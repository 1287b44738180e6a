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
