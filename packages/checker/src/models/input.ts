/** Tells an input that names one of these operations from anything else. */
export function oneOf(...ops: readonly string[]): (input: unknown) => boolean {
  return (input) =>
    typeof input === "object" && input !== null && ops.includes((input as { op?: string }).op!);
}
