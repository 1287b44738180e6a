import { BinaryReader, BinaryWriter } from "@bufbuild/protobuf/wire";
import type { Codec, NodeId } from "../transport.ts";
import type { Method } from "./method.ts";
import type { Rpc } from "./rpc.ts";
import {
  type Client,
  createClient,
  type Implementation,
  type ServiceDefinition,
  serveService,
} from "./service.ts";

/** Where an object of another node can be called. A plain value: put its two fields in any message. */
export interface Reference {
  readonly node: NodeId;
  readonly object: string;
}

/** An object that other nodes may call until it is disposed of, here or by who holds the reference. */
export interface ExportedObject extends Disposable {
  readonly reference: Reference;
}

const nothing: Codec<undefined> = {
  encode: (_, writer = new BinaryWriter()) => writer,
  decode(input, length) {
    if (input instanceof BinaryReader) input.pos += length ?? 0;
    return undefined;
  },
};

function release(object: string): Method<undefined, undefined> {
  return { name: `${object}/Release`, request: nothing, response: nothing };
}

/** How many objects each has exported. */
const exported = new WeakMap<Rpc, number>();

/**
 * Lets others call one object, whose reference is then handed to them in messages. It is served until it is
 * disposed of, or until a holder releases it. A holder that dies does not release it: whoever exports an object
 * also decides how long at most it lives.
 */
export function exportObject<Service extends ServiceDefinition>(
  rpc: Rpc,
  node: NodeId,
  service: Service,
  implementation: Implementation<Service>,
): ExportedObject {
  const count = (exported.get(rpc) ?? 0) + 1;
  exported.set(rpc, count);
  // The life keeps a reference that has outlived this process from leading to an object of the next one.
  const object = `${service.fullName}#${rpc.life.toString(36)}.${count}`;
  const served = serveService(rpc, service, implementation, object);
  const released = rpc.serve(release(object), () => {
    dispose();
    return undefined;
  });
  const dispose = (): void => {
    served[Symbol.dispose]();
    released[Symbol.dispose]();
  };
  return { reference: { node, object }, [Symbol.dispose]: dispose };
}

/** A stub for an object of another node. Disposing of it releases the object there. */
export function followReference<Service extends ServiceDefinition>(
  rpc: Rpc,
  service: Service,
  { node, object }: Reference,
): Client<Service> & Disposable {
  const stub = createClient(rpc, service, node, object);
  return Object.assign(stub, {
    [Symbol.dispose](): void {
      // If it does not arrive, the object's owner has its own bound on how long it lives.
      rpc.call(node, release(object), undefined).catch(() => undefined);
    },
  });
}
