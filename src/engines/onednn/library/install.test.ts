// Outside truth: the packages' names in each distribution's index (packages.debian.org, packages.fedoraproject.org, formulae.brew.sh).
import assert from "node:assert/strict";
import { test } from "node:test";
import { installCommand } from "./install.js";

test("names the command of the system that it is on", () => {
  const release = (id: string, like = "") =>
    `NAME="x"\nID=${id}\n${like && `ID_LIKE="${like}"\n`}VERSION_ID="1"\n`;
  assert.equal(installCommand("linux", release("debian")), "apt-get install libdnnl-dev");
  assert.equal(installCommand("linux", release("linuxmint", "ubuntu debian")), "apt-get install libdnnl-dev");
  assert.equal(installCommand("linux", release('"fedora"')), "dnf install onednn");
  assert.equal(installCommand("darwin", ""), "brew install onednn");
  for (const [platform, text] of [
    ["linux", ""],
    ["linux", release("alpine")],
    ["win32", ""],
  ]) {
    assert.equal(installCommand(platform, text), "conda install -c conda-forge onednn");
  }
});
