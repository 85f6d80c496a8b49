// What a pickle of PyTorch's may name: tensors and their storages, and Python's plain containers.
import { bytesOf, type ElementType } from "./elements.js";
import {
  type Builder,
  describe,
  type Fail,
  Global,
  PickleObject,
  type PickleValue,
  Tuple,
} from "./pickle-values.js";

/** A run of elements that stands elsewhere in the file; several tensors may look into the same one. */
export class StorageReference extends PickleObject {
  constructor(
    readonly key: string,
    readonly type: ElementType,
    /** Elements. */
    readonly length: number,
  ) {
    super();
  }

  get bytes(): number {
    return this.length * bytesOf[this.type];
  }
}

/** A view into a storage, inside its bounds; offset and strides in elements. */
export class TensorReference extends PickleObject {
  constructor(
    readonly storage: StorageReference,
    readonly offset: number,
    readonly shape: readonly number[],
    readonly strides: readonly number[],
  ) {
    super();
  }

  get size(): number {
    return this.shape.reduce((product, n) => product * n, 1);
  }
}

const storageTypes = new Map<string, ElementType>([
  ["torch.DoubleStorage", "float64"],
  ["torch.FloatStorage", "float32"],
  ["torch.HalfStorage", "float16"],
  ["torch.BFloat16Storage", "bfloat16"],
  ["torch.LongStorage", "int64"],
  ["torch.IntStorage", "int32"],
  ["torch.ShortStorage", "int16"],
  ["torch.CharStorage", "int8"],
  ["torch.ByteStorage", "uint8"],
  ["torch.BoolStorage", "bool"],
]);

/** PyTorch's own limit. */
const MOST_DIMENSIONS = 64;

function count(value: PickleValue | undefined, what: string, fail: Fail): number {
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= 0) return value;
  return fail(`${what} of a tensor is not a count`);
}

function counts(value: PickleValue | undefined, what: string, fail: Fail): number[] {
  if (!(value instanceof Tuple)) return fail(`${what} of a tensor is not a tuple`);
  if (value.items.length > MOST_DIMENSIONS) return fail(`a tensor has ${value.items.length} dimensions`);
  return value.items.map((item) => count(item, what, fail));
}

const tensor: Builder = ([storage, offset, size, stride], fail) => {
  if (!(storage instanceof StorageReference)) return fail("a tensor has no storage");
  const start = count(offset, "the offset", fail);
  const shape = counts(size, "the shape", fail);
  const strides = counts(stride, "the strides", fail);
  if (shape.length !== strides.length) return fail("a tensor's shape and strides differ in length");
  const reference = new TensorReference(storage, start, shape, strides);
  const end = start + shape.reduce((sum, n, d) => sum + (n - 1) * strides[d], 1);
  if (reference.size > 0 && end > storage.length) {
    return fail(
      `a tensor of shape [${shape.join(", ")}] reaches beyond its storage of ${storage.length} elements`,
    );
  }
  return reference;
};

/** The tensor, without what else was said of it. */
const parameter: Builder = ([data], fail) =>
  data instanceof TensorReference ? data : fail("a parameter has no tensor");

const orderedDict: Builder = ([pairs = []], fail) => {
  if (!Array.isArray(pairs)) return fail(`a dictionary is made of ${describe(pairs)}`);
  const result = new Map<PickleValue, PickleValue>();
  for (const pair of pairs) {
    const items = pair instanceof Tuple ? pair.items : pair;
    if (!Array.isArray(items) || items.length !== 2) return fail("an entry of a dictionary is not a pair");
    result.set(items[0], items[1]);
  }
  return result;
};

const set: Builder = ([items = []], fail) =>
  Array.isArray(items) ? new Set(items) : fail(`a set is made of ${describe(items)}`);

/** `collections.Counter`, which learning-rate schedules keep. */
const counter: Builder = ([entries = new Map()], fail) =>
  entries instanceof Map ? new Map(entries) : fail(`a counter is made of ${describe(entries)}`);

/** Python 3 writes bytes this way for the old protocols. */
const encode: Builder = ([text, encoding], fail) =>
  typeof text === "string" && encoding === "latin1"
    ? Buffer.from(text, "latin1")
    : fail("bytes are misspelt");

const size: Builder = ([items], fail) => (items instanceof Tuple ? items : fail("a shape is not a tuple"));

/** Where a tensor lived; of no use to us. */
const device: Builder = () => null;

/** Every name that a file of weights may use. Calls build data; names that are not called stand for themselves. */
export const torchGlobals: ReadonlyMap<string, Builder | null> = new Map<string, Builder | null>([
  ["torch._utils._rebuild_tensor", tensor],
  ["torch._utils._rebuild_tensor_v2", tensor],
  ["torch._utils._rebuild_parameter", parameter],
  ["torch._utils._rebuild_parameter_with_state", parameter],
  ["torch.Size", size],
  ["torch.device", device],
  ["collections.OrderedDict", orderedDict],
  ["collections.Counter", counter],
  ["builtins.set", set],
  ["__builtin__.set", set],
  ["_codecs.encode", encode],
  ...[...storageTypes.keys()].map((name) => [name, null] as const),
  ...["float64", "float32", "float16", "bfloat16", "int64", "int32", "int16", "int8", "uint8", "bool"].map(
    (type) => [`torch.${type}`, null] as const,
  ),
]);

/** `("storage", type, key, place, elements)`, and in the old format a sixth item, None. */
export function torchStorage(id: PickleValue, fail: Fail): StorageReference {
  if (!(id instanceof Tuple) || id.items[0] !== "storage") return fail("a reference is not to a storage");
  const [, kind, key, , length, view = null] = id.items;
  const type = kind instanceof Global ? storageTypes.get(kind.name) : undefined;
  if (type === undefined || typeof key !== "string") return fail("a storage has no type or key");
  if (view !== null) return fail("a storage is part of another one, as only PyTorch before 0.4 wrote them");
  return new StorageReference(key, type, count(length, "the storage", fail));
}
