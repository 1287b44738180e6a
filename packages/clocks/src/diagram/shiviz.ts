import { historyOf, type LoggedEvent } from "./history.ts";

/** The expression that ShiViz is to read the log with: it stands on the log's first line, where ShiViz looks for it. */
const expression = "(?<host>\\S*) (?<clock>{.*})\\n(?<event>.*)";

/**
 * The log as ShiViz reads it (Beschastnikh et al., "Visualizing Distributed System Executions", 2020): open it there as
 * a file. Blanks in process names become `%20`, since ShiViz reads a name up to the first one; line breaks in labels
 * become blanks. Throws as `spaceTimeDiagram` does.
 */
export function toShiViz(log: readonly LoggedEvent[]): string {
  const { events } = historyOf(log);
  const lines = events.flatMap(({ process, clock, label }) => {
    const entries = [...clock].map(({ id, counter }) => `${JSON.stringify(nameOf(id))}:${counter}`);
    return [`${nameOf(process)} {${entries.join(",")}}`, label.replace(/\s+/g, " ")];
  });
  return [expression, "", ...lines, ""].join("\n");
}

/** A different name for every process, without blanks. */
function nameOf(process: string): string {
  return process.replace(/[%\s]/g, (character) => encodeURIComponent(character));
}
