import { collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";
import type { ReplicatedStore } from "../store/replicated.ts";

/** `electionsStarted` becomes `coterie_elections_started`. */
function prometheusName(name: string): string {
  const snake = name.replace(/[^A-Za-z0-9]+/g, "_").replace(/([a-z0-9])([A-Z])/g, "$1_$2");
  return `coterie_${snake.toLowerCase()}`;
}

export interface Metrics {
  readonly contentType: string;
  /** Seconds that a request took, by method, route and status. */
  observe(method: string, route: string, status: number, seconds: number): void;
  /** All of it as Prometheus text. */
  text(): Promise<string>;
}

/** The process's own metrics, the requests, and every named number of the store as a gauge, read when asked. */
export function createMetrics(store: ReplicatedStore): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const requests = new Histogram({
    name: "coterie_http_request_seconds",
    help: "Time from a request's head to the end of its answer.",
    labelNames: ["method", "route", "status"],
    buckets: [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5],
    registers: [registry],
  });
  const gauges = new Map<string, Gauge>();
  const set = (name: string, value: number): void => {
    let gauge = gauges.get(name);
    if (!gauge) {
      gauge = new Gauge({ name: prometheusName(name), help: `${name} of this node.`, registers: [registry] });
      gauges.set(name, gauge);
    }
    gauge.set(value);
  };
  return {
    contentType: registry.contentType,
    observe(method, route, status, seconds) {
      requests.observe({ method, route, status }, seconds);
    },
    async text() {
      const { term, role, commitIndex, appliedIndex, lastIndex } = store.status();
      const numbers = { term, commitIndex, appliedIndex, lastIndex, keys: store.size() };
      for (const [name, value] of Object.entries({ ...store.metrics(), ...numbers })) set(name, value);
      set("isLeader", role === "leader" ? 1 : 0);
      return registry.metrics();
    },
  };
}
