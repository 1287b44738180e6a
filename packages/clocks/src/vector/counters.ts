/** Up to this many counters V8 keeps a typed array's memory inside the object, where it is cheap to make. */
const insideMax = 8;
/** Up to this many, memory is cut from a slab: to allocate it alone costs more than to fill it. */
const slabbedMax = 128;
const slabCounters = 1024;

let slab = new ArrayBuffer(slabCounters * 8);
let used = 0;

/**
 * Memory for `count` counters, all zero. The slab is never handed out twice and never leaves the package, so
 * sharing one buffer is seen by nobody; a vector that lives long keeps at most its 8 KiB slab alive.
 */
export function allocate(count: number): Float64Array {
  if (count <= insideMax || count > slabbedMax) return new Float64Array(count);
  if (used + count > slabCounters) {
    slab = new ArrayBuffer(slabCounters * 8);
    used = 0;
  }
  const counters = new Float64Array(slab, used * 8, count);
  used += count;
  return counters;
}

/** A copy with memory of its own. */
export function copy(counters: Float64Array): Float64Array {
  const result = allocate(counters.length);
  for (let i = 0; i < counters.length; i++) result[i] = counters[i]!;
  return result;
}
