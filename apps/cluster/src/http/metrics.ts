import { collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";
import type { ReplicatedStore } from "../store/replicated.ts";

/** `droppedOutboxFull` becomes `dropped_outbox_full`, as Prometheus names are written. */
function snakeCase(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

export interface Metrics {
  readonly contentType: string;
  /** Seconds that a request took, by method, route and status. */
  observe(method: string, route: string, status: number, seconds: number): void;
  /** All of it as Prometheus text. */
  text(): Promise<string>;
}

/** The process's own metrics, the requests, and every named number of the store's parts as a gauge, read when asked. */
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
      gauge = new Gauge({ name: `coterie_${name}`, help: `${name} of this node.`, registers: [registry] });
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
      for (const [part, numbers] of Object.entries(store.metrics()))
        for (const [name, value] of Object.entries(numbers)) set(`${part}_${snakeCase(name)}`, value);
      set("keys", store.size());
      return registry.metrics();
    },
  };
}
