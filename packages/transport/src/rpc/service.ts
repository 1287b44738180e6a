import type { Codec, NodeId } from "../transport.ts";
import type { Handler, Method } from "./method.ts";
import type { CallOptions, Rpc } from "./rpc.ts";

// biome-ignore lint/suspicious/noExplicitAny: a service's methods differ in their messages; each is inferred below.
type AnyCodec = Codec<any>;

/** A method as ts-proto writes it with `outputServices=generic-definitions`. */
export interface MethodDefinition {
  readonly name: string;
  readonly requestType: AnyCodec;
  readonly responseType: AnyCodec;
  readonly requestStream: boolean;
  readonly responseStream: boolean;
}

/** A service as ts-proto writes it with `outputServices=generic-definitions`. */
export interface ServiceDefinition {
  readonly fullName: string;
  readonly methods: Readonly<Record<string, MethodDefinition>>;
}

type Request<Definition> = Definition extends { readonly requestType: Codec<infer Message> }
  ? Message
  : never;
type Response<Definition> = Definition extends { readonly responseType: Codec<infer Message> }
  ? Message
  : never;

/** One function for each method of a service. */
export type Client<Service extends ServiceDefinition> = {
  readonly [Name in keyof Service["methods"]]: (
    request: Request<Service["methods"][Name]>,
    options?: CallOptions,
  ) => Promise<Response<Service["methods"][Name]>>;
};

/** One handler for each method of a service. */
export type Implementation<Service extends ServiceDefinition> = {
  readonly [Name in keyof Service["methods"]]: Handler<
    Request<Service["methods"][Name]>,
    Response<Service["methods"][Name]>
  >;
};

function methods(
  service: ServiceDefinition,
  path: string,
): [name: string, method: Method<unknown, unknown>][] {
  return Object.entries(service.methods).map(([name, definition]) => {
    if (definition.requestStream || definition.responseStream)
      throw new TypeError(`${path}/${definition.name} is a streaming method: open a stream for it instead`);
    const { requestType: request, responseType: response } = definition;
    return [name, { name: `${path}/${definition.name}`, request, response }];
  });
}

/** A stub: calls the methods of a service on one node. `path` tells apart several of one service on a node. */
export function createClient<Service extends ServiceDefinition>(
  rpc: Rpc,
  service: Service,
  to: NodeId,
  path: string = service.fullName,
): Client<Service> {
  return Object.fromEntries(
    methods(service, path).map(([name, method]) => [
      name,
      (request: unknown, options?: CallOptions) => rpc.call(to, method, request, options),
    ]),
  ) as Client<Service>;
}

/** A skeleton: serves every method of a service until the result is disposed of. */
export function serveService<Service extends ServiceDefinition>(
  rpc: Rpc,
  service: Service,
  implementation: Implementation<Service>,
  path: string = service.fullName,
): Disposable {
  const handlers = implementation as unknown as Readonly<Record<string, Handler<unknown, unknown>>>;
  const served: Disposable[] = [];
  const dispose = (): void => {
    for (const one of served) one[Symbol.dispose]();
  };
  try {
    for (const [name, method] of methods(service, path))
      served.push(rpc.serve(method, (request, call) => handlers[name]!(request, call)));
  } catch (error) {
    dispose();
    throw error;
  }
  return { [Symbol.dispose]: dispose };
}
