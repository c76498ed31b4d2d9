// What the bot keeps for a plugin: keys with JSON values, on disk when a call returns.

import { create } from "@bufbuild/protobuf";
import type { Client as RPC } from "@connectrpc/connect";
import { ConflictError, misuse } from "./errors.js";
import {
  type StorageService,
  TransactionSchema,
  type Entry as WireEntry,
  type Transaction as WireTransaction,
} from "./gen/openchatops/v1/storage_pb.js";
import { jsonOf } from "./json.js";
import { persist } from "./rpc.js";
import { duration, pause } from "./time.js";
import { dateOf } from "./values.js";

/** A key with what it holds. */
export interface Entry<T = unknown> {
  readonly key: string;
  readonly value: T;
  /** When it was last written: the token for a guard. */
  readonly revision: bigint;
  /** When it goes by itself, if it does. */
  readonly expires?: Date;
}

export interface PutOptions {
  /** How long the key stays, in milliseconds; for good unless given. */
  readonly ttl?: number;
}

const decoder = new TextDecoder();
const encoder = new TextEncoder();

/**
 * Writes that are done all or not at all, in their order, if its guards hold: at most 64
 * guards, 64 writes and 1 MiB.
 */
export class Transaction {
  private readonly wire = create(TransactionSchema);

  /** Lets it happen only if the key was last written at the revision, or for 0n if there is no such key. */
  guard(key: string, revision: bigint): this {
    this.wire.guards.push({ $typeName: "openchatops.v1.Guard", key, revision });
    return this;
  }

  /** Writes the JSON of a value, at most 256 KiB. */
  put(key: string, value: unknown, options: PutOptions = {}): this {
    const json = jsonOf(value, (why) => misuse(`the value for the key "${key}" has no JSON: ${why}`));
    this.wire.writes.push({
      $typeName: "openchatops.v1.Write",
      kind: {
        case: "put",
        value: {
          $typeName: "openchatops.v1.Put",
          key,
          value: encoder.encode(json),
          ...(options.ttl === undefined ? {} : { ttl: duration(options.ttl, `the ttl of the key "${key}"`) }),
        },
      },
    });
    return this;
  }

  /** Removes a key, which need not be there. */
  delete(key: string): this {
    this.wire.writes.push({ $typeName: "openchatops.v1.Write", kind: { case: "deleteKey", value: key } });
    return this;
  }

  /** Adds to a counter: a key whose value is a whole number, or which is not there. */
  add(key: string, delta: bigint | number): this {
    this.wire.writes.push({
      $typeName: "openchatops.v1.Write",
      kind: { case: "add", value: { $typeName: "openchatops.v1.Add", key, delta: BigInt(delta) } },
    });
    return this;
  }

  /** Makes it a transaction of a part of the store that several plugins share. */
  in(namespace: string): this {
    this.wire.namespace = namespace;
    return this;
  }

  /** What goes to the bot, undefined if it is empty. */
  toWire(): WireTransaction | undefined {
    return this.wire.guards.length + this.wire.writes.length === 0 ? undefined : this.wire;
  }
}

/**
 * A part of the store. A handler needs the scope "store", and for a namespace that it
 * shares "store.shared:NAMESPACE". Calls are repeated, without taking effect twice, while
 * the bot is out of reach.
 */
export class Store {
  constructor(
    private readonly rpc: RPC<typeof StorageService>,
    private readonly signal?: AbortSignal,
    private readonly namespace = "",
  ) {}

  /** The part of the store with this name, which several plugins may use. */
  shared(namespace: string): Store {
    return new Store(this.rpc, this.signal, namespace);
  }

  /** Reads a key; undefined if there is no such key. */
  async get<T = unknown>(key: string): Promise<Entry<T> | undefined> {
    const { entries } = await persist(this.signal, (options) =>
      this.rpc.get({ namespace: this.namespace, keys: [key] }, options),
    );
    return entries[0] && entryOf<T>(entries[0]);
  }

  /** Writes the JSON of a value and says when that was. */
  async put(key: string, value: unknown, options?: PutOptions): Promise<bigint> {
    return this.transact(new Transaction().put(key, value, options));
  }

  /** Removes a key, which need not be there. */
  async delete(key: string): Promise<void> {
    await this.transact(new Transaction().delete(key));
  }

  /** Adds to a counter and returns the sum. */
  async add(key: string, delta: bigint | number): Promise<bigint> {
    const { results } = await this.commit(new Transaction().add(key, delta));
    return BigInt(decoder.decode(results[0]?.value));
  }

  /** Reads what begins with a prefix, in the order of the bytes of the keys. */
  async *list<T = unknown>(prefix = ""): AsyncGenerator<Entry<T>, void, void> {
    for (let pageToken = ""; ; ) {
      const page = await persist(this.signal, (options) =>
        this.rpc.list({ namespace: this.namespace, prefix, pageToken }, options),
      );
      for (const entry of page.entries) yield entryOf<T>(entry);
      pageToken = page.nextPageToken;
      if (!pageToken) return;
    }
  }

  /** Does a transaction and returns the revision of what it wrote; {@link ConflictError} if a guard does not hold. */
  async transact(transaction: Transaction): Promise<bigint> {
    return (await this.commit(transaction)).revision;
  }

  /**
   * Reads a key, lets change say what it should be, and writes that unless somebody else
   * wrote it meanwhile: then it begins anew. change may be called several times and should
   * do nothing else; undefined is a key that there is not.
   */
  async update<T>(key: string, change: (old: T | undefined) => T | Promise<T>, options?: PutOptions): Promise<T> {
    for (let n = 0; ; n++) {
      const old = await this.get<T>(key);
      const next = await change(old?.value);
      try {
        await this.transact(new Transaction().guard(key, old?.revision ?? 0n).put(key, next, options));
        return next;
      } catch (error) {
        if (!(error instanceof ConflictError)) throw error;
        if (n > 2 && !(await pause(Math.random() * 10, this.signal))) throw this.signal?.reason;
      }
    }
  }

  private async commit(transaction: Transaction) {
    const wire = transaction.toWire();
    if (!wire) throw misuse("the transaction is empty");
    const request = { requestId: crypto.randomUUID(), transaction: { ...wire, namespace: this.namespace } };
    const response = await persist(this.signal, (options) => this.rpc.transact(request, options));
    if (!response.committed) {
      const keys = response.conflicts.map((entry) => `"${entry.key}"`).join(", ");
      throw new ConflictError(`somebody else wrote ${keys} meanwhile: nothing was written`);
    }
    return response;
  }
}

function entryOf<T>(wire: WireEntry): Entry<T> {
  const expires = dateOf(wire.expireTime);
  return {
    key: wire.key,
    value: JSON.parse(decoder.decode(wire.value)) as T,
    revision: wire.revision,
    ...(expires ? { expires } : {}),
  };
}
