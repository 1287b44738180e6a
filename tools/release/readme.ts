/** The first fenced `ts` block of a README, without its fences; undefined when there is none. */
export function firstExample(markdown: string): string | undefined {
  return /^```ts[ \t]*\r?\n([\s\S]*?)^```[ \t]*$/m.exec(markdown)?.[1];
}
