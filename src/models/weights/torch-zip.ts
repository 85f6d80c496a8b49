// torch.save's format since PyTorch 1.6: a ZIP archive of one pickle and a file a storage.
import type { Entry, ZipFile } from "yauzl";
import { UserError } from "../../base/errors.js";
import { swapBytes } from "./elements.js";
import { unpickle } from "./pickle.js";
import type { TorchFile } from "./torch-file.js";
import { type StorageReference, torchGlobals, torchStorage } from "./torch-pickle.js";
import { openZip } from "./zip-blocks.js";

/** Real weights shrink by a tenth; an archive that grows more than this is made to fill the memory. */
const MOST_GROWTH = 100;

/** `root/data.pkl`, `root/data/0`, …, and from PyTorch 2.1 on `root/byteorder`. Throws a UserError. */
export async function openTorchZip(path: string): Promise<TorchFile> {
  const zip = await damageAsUserError(path, () => openZip(path));
  try {
    const entries = await damageAsUserError(path, () => list(zip, path));
    const pickled = [...entries.keys()].find((name) => /^[^/]+\/data\.pkl$/.test(name));
    const root = pickled?.slice(0, -"/data.pkl".length);
    if (pickled === undefined || entries.has(`${root}/constants.pkl`))
      throw notWeights(path, [...entries.keys()]);
    const read = (name: string) => damageAsUserError(path, () => readEntry(zip, entries.get(name), name));

    const order = entries.has(`${root}/byteorder`)
      ? String(await read(`${root}/byteorder`)).trim()
      : "little";
    if (order !== "little" && order !== "big") {
      throw new UserError(
        `${path} has an unknown byte order ${JSON.stringify(order.slice(0, 20))}. Get it anew.`,
      );
    }
    const { value } = unpickle(await read(pickled), {
      source: path,
      globals: torchGlobals,
      persistent: torchStorage,
    });
    const nameOf = (storage: StorageReference) => `${root}/data/${storage.key}`;
    return {
      source: path,
      value,
      bytesOf: (storage) => entries.get(nameOf(storage))?.uncompressedSize,
      async read(storage) {
        const bytes = await read(nameOf(storage));
        if (order === "big") swapBytes(storage.type, bytes);
        return bytes;
      },
      async close() {
        zip.close();
      },
    };
  } catch (error) {
    zip.close();
    throw error;
  }
}

async function damageAsUserError<T>(path: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    if (error instanceof UserError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new UserError(`${path} is a damaged ZIP archive (${reason}). Get it anew.`);
  }
}

async function list(zip: ZipFile, path: string): Promise<Map<string, Entry>> {
  const entries = new Map<string, Entry>();
  let packed = 0;
  let unpacked = 0;
  for await (const entry of zip.eachEntry()) {
    entries.set(entry.fileName, entry);
    packed += entry.compressedSize;
    unpacked += entry.uncompressedSize;
  }
  if (packed > zip.fileSize || unpacked > MOST_GROWTH * zip.fileSize) {
    throw new UserError(
      `${path} has ${zip.fileSize} bytes and claims to unpack to ${unpacked}. It is damaged, or made to fill the memory.`,
    );
  }
  return entries;
}

async function readEntry(zip: ZipFile, entry: Entry | undefined, name: string): Promise<Buffer> {
  if (!entry) throw new Error(`it has no ${name}`);
  if (!entry.canDecodeFileData()) throw new Error(`${name} is encrypted, or packed in an unknown way`);
  // Not Buffer.alloc: elements must begin at a multiple of their size.
  const bytes = Buffer.allocUnsafeSlow(entry.uncompressedSize);
  let length = 0;
  for await (const chunk of await zip.openReadStreamPromise(entry)) {
    length += (chunk as Buffer).copy(bytes, length);
  }
  if (length !== bytes.length) throw new Error(`${name} has ${length} bytes, not ${bytes.length}`);
  return bytes;
}

function notWeights(path: string, names: readonly string[]): UserError {
  if (names.some((name) => /^[^/]+\/constants\.pkl$/.test(name))) {
    return new UserError(
      `${path} holds a TorchScript program, not weights. Save the weights alone: ` +
        'torch.save(torch.jit.load("model.pt").state_dict(), "weights.pth").',
    );
  }
  const some = names.slice(0, 5).join(", ") || "nothing";
  return new UserError(
    `${path} is a ZIP archive, and not one that torch.save wrote: it has no data.pkl, but ${some}. ` +
      "Give the file of weights itself.",
  );
}
