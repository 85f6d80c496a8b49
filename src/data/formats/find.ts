// Finding the format of a source, and, where there is none, what to say.
import { dirname, join } from "node:path";
import { UserError } from "../../base/errors.js";
import { folders } from "./folders.js";
import type { Format } from "./format.js";
import { formatNamed, formats, knownFormats } from "./index.js";
import { isPictureName, openSource, type Source } from "./source.js";
import { yolo } from "./yolo.js";

/**
 * The format of a source, and the source itself: of a folder that holds one labels file, that file.
 * @throws UserError where it is in none, or in several parts of which one must be named
 */
export async function findFormat(
  source: Source,
  name: string | undefined,
): Promise<{ format: Format; source: Source }> {
  if (name !== undefined) return { format: formatNamed(name), source };
  for (const format of formats) {
    // A folder is one of labels only if nothing in it says better.
    if (format === folders) {
      const file = await labelsFileIn(source);
      if (file !== undefined) return findFormat(file, undefined);
    }
    if (!(await format.recognises(source))) continue;
    // The others list their pictures themselves; these take what is there.
    if (format === yolo || format === folders) await refuseParts(source);
    return { format, source };
  }
  await refuseParts(source);
  throw new UserError(await explain(source));
}

const partNames = /^(train|training|val|valid|validation|test|testing|dev)\d*$/i;

/** Of a data set in parts, taking all for one would mix what must be kept apart. */
async function refuseParts(source: Source): Promise<void> {
  for (const inside of ["", "images"]) {
    const place = inside === "" ? source : await openSource(join(source.name, inside)).catch(() => undefined);
    if (place === undefined) continue;
    const { folders } = await place.entries();
    const parts = folders.filter((folder) => partNames.test(folder));
    // One among others may be a label: a train.
    if (parts.length === 0 || (parts.length === 1 && folders.length > 1)) continue;
    const likely = join(place.name, likeliest(parts));
    throw new UserError(
      parts.length === 1
        ? `${source.name} holds the part ${parts[0]} of a data set. Name it: ${likely}.`
        : `${source.name} holds the parts ${parts.join(", ")} of a data set. Name one of them, such as ${likely}, ` +
            "and another one with --val.",
    );
  }
}

/** The one labels file that stands in a folder, or in its `annotations`, where COCO has them. */
async function labelsFileIn(source: Source): Promise<Source | undefined> {
  const { files, folders } = await source.entries();
  const tables = files.filter((file) => /\.(csv|tsv|json)$/i.test(file));
  const areLabels = await Promise.all(tables.map((file) => mayHoldLabels(join(source.name, file))));
  const found = tables.filter((_, i) => areLabels[i]);
  if (found.length === 0 && folders.includes("annotations")) {
    return labelsFileIn(await openSource(join(source.name, "annotations")));
  }
  if (found.length > 1) {
    throw new UserError(
      `${source.name} is a folder with ${found.length} labels files; name one of ${found.slice(0, 5).join(", ")}` +
        `${found.length > 5 ? " …" : ""}, such as ${join(source.name, likeliest(found))}.`,
    );
  }
  return found.length === 1 ? openSource(join(source.name, found[0])) : undefined;
}

/** JSON of other kinds, such as the names of classes, may stand beside folders of labels. */
async function mayHoldLabels(path: string): Promise<boolean> {
  if (!path.toLowerCase().endsWith(".json")) return true;
  const head = await (await openSource(path)).head();
  return head === "" || /"(info|licenses|images|annotations|categories|data|image)"\s*:/.test(head);
}

/** Beside COCO's instances there are captions; beside a training set, what is to be predicted. */
function likeliest(files: readonly string[]): string {
  const rank = (file: string) => Number(/instances/i.test(file)) + Number(/train/i.test(file));
  return files.reduce((best, file) => (rank(file) > rank(best) ? file : best));
}

/** What people name in place of labels. */
const others = [
  { endings: /\.(xlsx?|xlsm|ods|numbers)$/i, what: "a spreadsheet; save it as CSV, and name that file" },
  { endings: /\.(zip|tar|gz|tgz|bz2|xz|7z|rar)$/i, what: "an archive; unpack it, and name what is in it" },
  {
    endings: /\.(jpe?g|png|webp|gif|tiff?|heic)$/i,
    what: "a picture; name the file or folder that says what is in pictures",
  },
];

async function explain(source: Source): Promise<string> {
  if (/\.ya?ml$/i.test(source.path)) {
    return (
      `${source.name} names the labels of a YOLO data set, and not its pictures; name their folder instead, such as ` +
      `${join(dirname(source.name), "images")}, or one of the parts in it, and another one with --val.`
    );
  }
  if (!source.isFolder) {
    if ((await source.head()) === "") return `${source.name} is empty; wanted a labels file.`;
    const other = others.find(({ endings }) => endings.test(source.path));
    if (other !== undefined) return `${source.name} is ${other.what}.`;
    return `${source.name} is in a format that is not recognised; say --format NAME if it is one of ours. ${knownFormats()}`;
  }
  const pictures = (await source.files()).filter(isPictureName);
  if (pictures.length === 0)
    return `${source.name} is a folder without pictures or labels. ${knownFormats()}`;
  const inside = pictures.find((file) => file.includes("/"))?.split("/")[0];
  const hint = inside === undefined ? "" : `If ${inside} is a label, say --format folders. `;
  return (
    `${source.name} is a folder with ${pictures.length} ${pictures.length === 1 ? "picture" : "pictures"} and ` +
    `nothing that says what is in them. ${hint}${knownFormats()}`
  );
}
