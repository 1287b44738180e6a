export interface Example {
  readonly language: "ts" | "js";
  readonly code: string;
}

/** The first fenced `ts` or `js` block of a README, without its fences; undefined when there is none. */
export function firstExample(markdown: string): Example | undefined {
  const [, language, code] = /^```(ts|js)[ \t]*\r?\n([\s\S]*?)^```[ \t]*$/m.exec(markdown) ?? [];
  return code === undefined ? undefined : { language: language as Example["language"], code };
}
