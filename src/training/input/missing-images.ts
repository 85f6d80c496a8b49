// Missing images: told before a run begins, with where they probably are.
import { access } from "node:fs/promises";
import { dirname } from "node:path";
import { UserError } from "../../base/errors.js";
import { elsewhere } from "../../data/check/elsewhere.js";
import type { Dataset } from "../../data/dataset/dataset.js";
import { fileSizes } from "../../data/files/file-facts.js";
import { TOLERATED } from "../../data/loader/loader.js";

/** How many are told. */
const EXAMPLES = 5;

/** @throws UserError if so many images of a set are not there that a pass over it would fail */
export async function refuseMissing({ source, pictures }: Dataset): Promise<void> {
  const sizes = await fileSizes(pictures.map(({ path }) => path));
  const missing = pictures.filter((_, i) => {
    const size = sizes[i];
    return typeof size === "object" && (size.code === "ENOENT" || size.code === "ENOTDIR");
  });
  if (missing.length <= TOLERATED * pictures.length) return;
  const shown = missing.slice(0, EXAMPLES);
  const found = await elsewhere(
    shown.map(({ path }) => path),
    dirname(source),
  );
  const problems = shown.map(({ name, row }, i) => {
    const there = found[i] === undefined ? "" : `; there is ${found[i]}`;
    return `row ${row}, ${name}: there is no such file${there}.`;
  });
  if (missing.length > EXAMPLES) problems.push(`and ${missing.length - EXAMPLES} more.`);
  const base = baseOf(shown[0].name, found[0]);
  throw new UserError(
    `${missing.length} of the ${pictures.length} images of ${source} are not there. ` +
      (base === undefined
        ? "If they are in another folder, name it with --images DIR. multihot check DATA lists them all:"
        : `Perhaps the paths start from another folder: --images ${base}. multihot check DATA lists them all:`),
    problems,
    { code: "DATA" },
  );
}

/** How many images are looked for at the beginning of an epoch that does not read them. */
const SAMPLE = 8;

/**
 * Ends a run early whose images have vanished: the epochs that learn from kept features would not miss them, but the
 * bundle's validation would.
 * @throws UserError if none of a few images is there
 */
export async function refuseVanished({ source, pictures }: Dataset): Promise<void> {
  const step = Math.max(1, Math.floor(pictures.length / SAMPLE));
  const sample = pictures.filter((_, i) => i % step === 0).slice(0, SAMPLE);
  const there = await Promise.all(
    sample.map(({ path }) =>
      access(path).then(
        () => true,
        () => false,
      ),
    ),
  );
  if (there.length === 0 || there.includes(true)) return;
  throw new UserError(
    `The images of ${source} have vanished, ${sample[0].path} for one. Put them back (is a drive no longer mounted?), and ` +
      "continue the run with --resume; the epochs that are done are saved.",
    [],
    { code: "DATA" },
  );
}

/** The folder from which a name would lead to where the image was found. */
function baseOf(name: string, found: string | undefined): string | undefined {
  const end = `/${name.replaceAll("\\", "/").replace(/^\.?\//, "")}`;
  return found?.endsWith(end) ? found.slice(0, -end.length) : undefined;
}
