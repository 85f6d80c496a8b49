// readStateDict: a network's weights from a file of any format that we know, told apart by content.
import { UserError } from "../../base/errors.js";
import { fromHalf } from "../../base/half.js";
import { openRegular, readRegular } from "../../base/regular-file.js";
import { readOnnx } from "../../graph/onnx.js";
import { stateDictIn, withoutWrappers } from "./checkpoint.js";
import type { StateDict } from "./elements.js";
import { looksLikeSafetensors, readSafetensors } from "./safetensors.js";
import { readTensors } from "./torch-file.js";
import { openTorchLegacy } from "./torch-legacy.js";
import { openTorchZip } from "./torch-zip.js";

const WANTED = "We read weights saved by torch.save (.pth, .th, .pt), .safetensors and .onnx";

/**
 * Reads named weights from what `torch.save` wrote (either format; a state_dict, or a checkpoint that holds
 * one), from `.safetensors`, or the float initializers of an `.onnx` file. Every tensor comes as float32,
 * row-major, in the file's order; counters such as `num_batches_tracked` too, as scalars with shape `[]`.
 * Prefixes that all names share (`module.`, `model.`, `_orig_mod.` …) are taken off. Runs nothing that the
 * file asks for. Throws a UserError that says what was found.
 */
export async function readStateDict(path: string): Promise<StateDict> {
  try {
    const weights = withoutWrappers(await readAny(path));
    if (weights.size === 0) throw new UserError(`${path} holds no weights.`);
    return weights;
  } catch (error) {
    throw error instanceof Error ? (readingProblem(path, error) ?? error) : error;
  }
}

async function readAny(path: string): Promise<StateDict> {
  const head = await beginning(path);
  if (head.length === 0) throw new UserError(`${path} is empty. Get it anew.`);
  // First, since its first bytes are a length, which may be like the others' magic; those give no such length.
  if (looksLikeSafetensors(head)) return readSafetensors(path);
  if (startsWith(head, "PK\x03\x04")) return readTorch(await openTorchZip(path));
  if (head[0] === 0x80) return readTorch(await openTorchLegacy(path));
  const other = otherKind(head);
  if (other) throw new UserError(`${path} is ${other}. ${WANTED}.`);
  // A protobuf has no magic; an ONNX model begins with its first field, the version of the format.
  if (head[0] === 0x08) return floatInitializers(await readRegular(path), path);
  throw new UserError(
    `${path} is of no kind that we know (it begins with the bytes ${hex(head)}). ${WANTED}.`,
  );
}

async function readTorch(file: Awaited<ReturnType<typeof openTorchZip>>): Promise<StateDict> {
  try {
    return await readTensors(file, stateDictIn(file.value, file.source));
  } finally {
    await file.close();
  }
}

function floatInitializers(bytes: Uint8Array, path: string): StateDict {
  const weights: StateDict = new Map();
  for (const [name, { type, shape, data }] of readOnnx(bytes, path).initializers) {
    if (type === "float32") weights.set(name, { shape: [...shape], data });
    if (type === "float64") weights.set(name, { shape: [...shape], data: new Float32Array(data) });
    if (type === "float16") weights.set(name, { shape: [...shape], data: fromHalf(data) });
  }
  return weights;
}

async function beginning(path: string): Promise<Buffer> {
  const file = await openRegular(path);
  try {
    const head = Buffer.alloc(512);
    const { bytesRead } = await file.read(head, 0, head.length, 0);
    return head.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

function startsWith(head: Buffer, text: string): boolean {
  return head.subarray(0, text.length).equals(Buffer.from(text, "latin1"));
}

function hex(head: Buffer): string {
  return [...head.subarray(0, 8)].map((byte) => byte.toString(16).padStart(2, "0")).join(" ");
}

/** Files that are mistaken for weights often enough to have a sentence of their own. */
function otherKind(head: Buffer): string | undefined {
  if (/^\s*<(!doctype|html|\?xml)/i.test(head.toString("latin1"))) {
    return "a web page, perhaps from a download that needed a login; get the file itself";
  }
  if (startsWith(head, "version https://git-lfs"))
    return 'a pointer of Git LFS; run "git lfs pull" to get the file itself';
  if (startsWith(head, "\x89HDF")) return "an HDF5 file (Keras)";
  if (startsWith(head, "\x1f\x8b")) return "a gzip archive; unpack it first";
  if (head.toString("latin1", 257, 262) === "ustar") {
    return "a tar archive; unpack it, or save it anew if PyTorch before 0.1.10 wrote it";
  }
  return undefined;
}

/** A UserError for what the operating system says of the file. */
function readingProblem(path: string, error: NodeJS.ErrnoException): UserError | undefined {
  if (error.code === "ENOENT") return new UserError(`There is no file ${path}.`);
  if (error.code === "EISDIR") return new UserError(`${path} is a folder. ${WANTED}.`);
  if (error.code === "EACCES" || error.code === "EPERM") return new UserError(`${path} may not be read.`);
  if (error.code === "ERR_FS_FILE_TOO_LARGE") {
    return new UserError(
      `${path} is larger than 2 GiB, which we read only as .safetensors or torch.save's ZIP format.`,
    );
  }
  return undefined;
}
