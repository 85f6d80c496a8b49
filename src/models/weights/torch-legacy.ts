// torch.save's format before PyTorch 1.6: five pickles in a row, then the storages.
import { UserError } from "../../base/errors.js";
import { readRegular } from "../../base/regular-file.js";
import { ByteReader } from "./bytes.js";
import { unpickle } from "./pickle.js";
import type { PickleValue } from "./pickle-values.js";
import type { TorchFile } from "./torch-file.js";
import { type StorageReference, torchGlobals, torchStorage } from "./torch-pickle.js";

const MAGIC = 0x1950a86a20f9469cfc6cn;
const VERSION = 1001;

/**
 * In order: magic number, version, facts about the machine, what was saved, the storages' keys; then a
 * storage a key: its length in elements (int64), and the elements, little-endian whatever the machine was.
 * Throws a UserError.
 */
export async function openTorchLegacy(path: string): Promise<TorchFile> {
  const bytes = await readRegular(path);
  const storages = new Map<string, StorageReference>();
  const options = {
    source: path,
    globals: torchGlobals,
    persistent(...args: Parameters<typeof torchStorage>) {
      const storage = torchStorage(...args);
      const known = storages.get(storage.key);
      if (known && (known.type !== storage.type || known.length !== storage.length)) {
        args[1]("a storage is said to be of two kinds");
      }
      storages.set(storage.key, storage);
      return storage;
    },
  };
  let position = 0;
  const next = (): PickleValue => {
    const { value, end } = unpickle(bytes, options, position);
    position = end;
    return value;
  };
  if (next() !== MAGIC) {
    throw new UserError(
      `${path} is a pickle that torch.save did not write. Save the weights with torch.save(model.state_dict(), "weights.pth").`,
    );
  }
  if (next() !== VERSION)
    throw new UserError(`${path} is of a version of torch.save's old format that we do not know.`);
  next();
  const value = next();
  const keys = next();

  const places = new Map<string, { readonly start: number; readonly bytes: number }>();
  const reader = new ByteReader(bytes, path, position);
  for (const key of Array.isArray(keys) ? keys : []) {
    const storage = typeof key === "string" ? storages.get(key) : undefined;
    if (!storage)
      throw new UserError(`${path} is damaged: it lists a storage that no tensor uses. Get it anew.`);
    const length = reader.uint64();
    if (length !== storage.length) {
      throw new UserError(
        `${path} is damaged: storage ${storage.key} should have ${storage.length} elements and has ${length}. Get it anew.`,
      );
    }
    places.set(storage.key, { start: reader.position, bytes: storage.bytes });
    reader.take(storage.bytes);
  }
  return {
    source: path,
    value,
    bytesOf: (storage) => places.get(storage.key)?.bytes,
    async read(storage) {
      const place = places.get(storage.key);
      if (!place) throw new RangeError(`No storage ${storage.key}.`);
      // A copy, as elements must begin at a multiple of their size.
      return new Uint8Array(bytes.subarray(place.start, place.start + place.bytes));
    },
    async close() {},
  };
}
