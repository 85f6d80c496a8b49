// Folders: one for each label; a picture has the label of the folder that it is in.
//
//   photos/cat/1.jpg        The same file in several folders (the same bytes, whatever its name) is one picture
//   photos/cat/2.jpg        with several labels. A picture beside the folders has none. A folder without
//   photos/dog/1.jpg        pictures is a label that no picture has.
import { join } from "node:path";
import { UserError } from "../../base/errors.js";
import { copiesOf } from "../files/same-bytes.js";
import type { Content, FolderContent, Format, Table } from "./format.js";
import { isPictureName, type Source } from "./source.js";
import { TableBuilder } from "./table.js";
import { distinctNames, presentOf, refuseUnfindable } from "./written.js";

export const folders: Format = {
  name: "folders",
  description: "a folder for each label, with pictures in it",
  holds: { unknown: false, soft: false, unused: true, groups: false },
  writer: { kind: "folder", write },
  async recognises(source) {
    const pictures = (await source.files()).filter(isPictureName);
    return new Set(pictures.flatMap((file) => labelOf(file) ?? [])).size > 1;
  },
  read,
};

/** The folder that a file is in, or undefined for one beside the folders. */
function labelOf(file: string): string | undefined {
  return file.includes("/") ? file.slice(0, file.indexOf("/")) : undefined;
}

async function read(source: Source): Promise<Table> {
  if (!source.isFolder) {
    throw new UserError(`${source.name} is a file; wanted a folder that holds a folder for each label.`);
  }
  const files = (await source.files()).filter(isPictureName);
  const copies = await copiesOf(files.map((file) => join(source.path, file)));
  const labelsOf = new Map<number, Set<string>>();
  for (const [i, file] of files.entries()) {
    const labels = labelsOf.get(copies[i]) ?? new Set();
    const label = labelOf(file);
    if (label !== undefined) labels.add(label);
    labelsOf.set(copies[i], labels);
  }
  const builder = new TableBuilder((await source.entries()).folders);
  const seen = new Map<string, number>();
  const rowsOf = new Map<number, number>();
  let row = 0;
  for (const [i, file] of files.entries()) {
    const copy = copies[i];
    // In another folder it is the same picture. Twice in one folder it is there twice, and stays so.
    const key = `${copy} ${labelOf(file) ?? ""}`;
    const times = (seen.get(key) ?? 0) + 1;
    seen.set(key, times);
    if (times <= (rowsOf.get(copy) ?? 0)) continue;
    rowsOf.set(copy, times);
    builder.add({ name: file, row: ++row }, { there: labelsOf.get(copy) ?? [] });
  }
  return builder.table(0);
}

function write(content: Content, names: readonly string[]): FolderContent {
  const wrong = content.labels.filter((label) => !/^[^./\\][^/\\]*$/.test(label));
  if (wrong.length > 0) {
    throw new UserError(
      `No folder can be called ${wrong.slice(0, 5).join(", ")}: a label that names a folder has no slash and ` +
        "begins with no dot. Rename it, or convert to another format.",
    );
  }
  refuseUnfindable(names);
  // A folder of the pictures' own would be read as a label.
  const flat = distinctNames(names.map((name) => name.replaceAll("/", "_")));
  const copies = names.flatMap((name, i): [number, string][] => {
    const columns = presentOf(content, i);
    if (columns.length === 0) return [[i, flat[i]]];
    return columns.map((column) => [i, `${content.labels[column]}/${name}`]);
  });
  return { texts: new Map(), copies, folders: content.labels };
}
