// Puts beside the compiled code what the compiler leaves behind: the pages.
import { cpSync } from "node:fs";

cpSync("src/server/page", "dist/src/server/page", { recursive: true });
