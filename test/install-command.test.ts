// Outside truth: the packages' names in each distribution's index (packages.debian.org, packages.fedoraproject.org, formulae.brew.sh).
import assert from "node:assert/strict";
import { test } from "node:test";
import { installCommand } from "../src/base/install-command.js";
import { turboJpegPackages } from "../src/data/decode/jpeg/turbo.js";
import { onednnPackages } from "../src/engines/onednn/library/install.js";

test("names the command of the system that it is on", () => {
  const release = (id: string, like = "") =>
    `NAME="x"\nID=${id}\n${like && `ID_LIKE="${like}"\n`}VERSION_ID="1"\n`;
  assert.equal(installCommand(onednnPackages, "linux", release("debian")), "apt-get install libdnnl-dev");
  assert.equal(
    installCommand(onednnPackages, "linux", release("linuxmint", "ubuntu debian")),
    "apt-get install libdnnl-dev",
  );
  assert.equal(installCommand(onednnPackages, "linux", release('"fedora"')), "dnf install onednn");
  assert.equal(installCommand(onednnPackages, "darwin", ""), "brew install onednn");
  for (const [platform, text] of [
    ["linux", ""],
    ["linux", release("alpine")],
    ["win32", ""],
  ]) {
    assert.equal(installCommand(onednnPackages, platform, text), "conda install -c conda-forge onednn");
  }
  const turbo = (platform: string, text: string) => installCommand(turboJpegPackages, platform, text);
  assert.equal(turbo("linux", release("ubuntu", "debian")), "apt-get install libturbojpeg0-dev");
  assert.equal(turbo("linux", release("fedora")), "dnf install turbojpeg");
  assert.equal(turbo("linux", release("arch")), "pacman -S libjpeg-turbo");
  assert.equal(turbo("darwin", ""), "brew install jpeg-turbo");
  assert.equal(turbo("win32", ""), "conda install -c conda-forge libjpeg-turbo");
});
