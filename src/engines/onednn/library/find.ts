// Find: where the shared library of oneDNN lies on this machine.
import { libraryCandidates } from "../../../base/shared-libraries.js";

/** The environment variable that names the library's file, where it isn't found by itself or another is wanted. */
export const LIBRARY_VARIABLE = "MULTIHOT_ONEDNN";

/** libdnnl.so.2 and .3 or libdnnl.3.6.dylib; what has no number belongs to a development package. */
const named = /^libdnnl\.(so\.\d[\d.]*|\d[\d.]*\.dylib)$/;

/** The files that may be oneDNN's library, the best first, each once. */
export const onednnCandidates = () => libraryCandidates(named, LIBRARY_VARIABLE);
