import { SingleBar } from "cli-progress";
import Table from "cli-table3";
import type { Row } from "./bench.ts";

export interface Progress {
  step(): void;
  stop(): void;
}

/** Where rows and notes go. */
export interface Output {
  note(text: string): void;
  row(row: Row): void;
  progress(label: string, steps: number): Progress;
  end(): void;
}

/** One JSON object a line on standard output, and nothing else there: notes go to standard error. */
export function jsonOutput(): Output {
  return {
    note: (text) => console.error(text),
    row({ suite, case: name, unit, better, ours, peers, ratio }) {
      console.log(JSON.stringify({ suite, case: name, unit, better, ours, peers, ratio: ratio ?? null }));
    },
    progress: progressBar,
    end() {},
  };
}

/** A table for people, printed once all is measured, the notes above it. */
export function tableOutput(): Output {
  const rows: Row[] = [];
  return {
    note: (text) => console.log(text),
    row: (row) => void rows.push(row),
    progress: progressBar,
    end: () => console.log(tableOf(rows)),
  };
}

function tableOf(rows: readonly Row[]): string {
  const names = [...new Set(rows.flatMap((row) => Object.keys(row.peers)))];
  const table = new Table({
    head: ["case", "unit", "ours", ...names, "ratio", "target"],
    style: { head: [], border: [] },
  });
  for (const row of rows) {
    const peers = names.map((name) => (name in row.peers ? cell(row.peers[name]) : ""));
    const arrow = row.better === "higher" ? "↑" : "↓";
    table.push([row.case, `${row.unit} ${arrow}`, cell(row.ours), ...peers, ratioCell(row), targetCell(row)]);
  }
  return table.toString();
}

function cell(figure: number | undefined): string {
  if (figure === undefined) return "not there";
  const digits = Math.abs(figure) >= 100 ? 0 : Math.abs(figure) >= 1 ? 2 : 4;
  return figure.toLocaleString("en-US", { maximumFractionDigits: digits });
}

function ratioCell(row: Row): string {
  return row.ratio === undefined ? "" : row.ratio.toFixed(2);
}

function targetCell(row: Row): string {
  if (row.target === undefined) return "";
  if (row.ratio === undefined) return `${row.target}`;
  return `${row.target} ${row.ratio >= row.target ? "met" : "MISSED"}`;
}

function progressBar(label: string, steps: number): Progress {
  const bar = new SingleBar({
    format: `{bar} {value}/{total} ${label}`,
    stream: process.stderr,
    clearOnComplete: true,
    hideCursor: true,
  });
  // Without a terminal the bar stays silent: a log file wants rows only.
  if (!process.stderr.isTTY) return { step() {}, stop() {} };
  bar.start(steps, 0);
  return { step: () => bar.increment(), stop: () => bar.stop() };
}
