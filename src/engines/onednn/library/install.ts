// Install: how a person gets oneDNN's library on their system.
import type { Packages } from "../../../base/install-command.js";

export const onednnPackages: Packages = {
  // The library's own package is called otherwise in each release; this one brings it along in all.
  debian: "libdnnl-dev",
  fedora: "onednn",
  arch: "onednn",
  homebrew: "onednn",
  conda: "onednn",
};
