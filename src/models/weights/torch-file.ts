// TorchFile: what torch.save wrote, whichever of its two formats; and the tensors read from it.
import { UserError } from "../../base/errors.js";
import { gather, type StateDict, toFloat32, type Weight } from "./elements.js";
import type { PickleValue } from "./pickle-values.js";
import type { StorageReference, TensorReference } from "./torch-pickle.js";

export interface TorchFile {
  readonly source: string;
  /** What was saved, with references in place of the tensors. */
  readonly value: PickleValue;
  /** The bytes that the file holds of a storage; undefined where it has none of that key. */
  bytesOf(storage: StorageReference): number | undefined;
  /** A storage's elements, little-endian, aligned. */
  read(storage: StorageReference): Promise<Uint8Array>;
  close(): Promise<void>;
}

/**
 * The tensors as float32, row-major, in the order given; each storage is read once and let go.
 * Throws a UserError where storages are missing or of another size, or tensors repeat the same elements so
 * often that they could only be meant to fill the memory.
 */
export async function readTensors(
  file: TorchFile,
  tensors: ReadonlyMap<string, TensorReference>,
): Promise<StateDict> {
  const views = new Map<string, { storage: StorageReference; names: string[] }>();
  let wanted = 0;
  let held = 0;
  for (const [name, { storage, size }] of tensors) {
    wanted += size;
    const key = `${storage.type} ${storage.length} ${storage.key}`;
    const known = views.get(key);
    if (known) {
      known.names.push(name);
      continue;
    }
    views.set(key, { storage, names: [name] });
    held += storage.length;
    const bytes = file.bytesOf(storage);
    if (bytes !== storage.bytes) {
      throw new UserError(
        `${file.source} is damaged: ${name} needs ${storage.bytes} bytes of storage ${JSON.stringify(storage.key)}, ` +
          `and ${bytes === undefined ? "the file has none" : `the file has ${bytes}`}. Get it anew.`,
      );
    }
  }
  if (!(wanted <= 4 * held + 2 ** 22)) {
    throw new UserError(
      `${file.source} asks for ${wanted} numbers and holds ${held}: its tensors repeat the same ones over and ` +
        "over. It is damaged, or made to fill the memory.",
    );
  }

  const found = new Map<string, Weight>();
  for (const { storage, names } of views.values()) {
    const elements = toFloat32(storage.type, await file.read(storage));
    for (const name of names) {
      const view = tensors.get(name);
      if (view) found.set(name, { shape: [...view.shape], data: gather(elements, view) });
    }
  }
  const inOrder: StateDict = new Map();
  for (const name of tensors.keys()) {
    const weight = found.get(name);
    if (weight) inOrder.set(name, weight);
  }
  return inOrder;
}
