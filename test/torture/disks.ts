// Disks: what commands say where the disk is full or read-only, and that a run goes on once there is room.
import { spawnSync } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { smallRun } from "../support/small-run.js";
import { command, smallOptions } from "./kills.js";
import type { Row } from "./table.js";

/** A file system in memory; why there is none here. */
export function mountSmall(place: string, kilobytes: number): string | undefined {
  const { status, error } = spawnSync("mount", ["-t", "tmpfs", "-o", `size=${kilobytes}k`, "tmpfs", place]);
  return status === 0 ? undefined : (error?.message ?? "mounting a file system takes the rights of root");
}

/** Another size, or "ro" for read-only. */
export function remount(place: string, how: string): void {
  spawnSync("mount", ["-o", `remount,${how}`, place]);
}

export function unmount(place: string): void {
  spawnSync("umount", ["-l", place]);
}

/** Runs on disks of several sizes, too small for a run; each must say so, and go on when the disk has grown. */
export async function fullDisks(): Promise<Row> {
  const what = "full disk, then room and --resume";
  const folder = await mkdtemp(join(tmpdir(), "multihot-full-"));
  const disk = join(folder, "disk");
  const notes: string[] = [];
  let [tried, survived] = [0, 0];
  try {
    await mkdir(disk);
    await smallRun(folder, 24);
    const whole = join(folder, "whole");
    await command(smallOptions(folder, whole));
    const wanted = await readFile(join(whole, "bundle", "model.onnx"));
    for (const kilobytes of [4, 16, 32, 64, 96, 128]) {
      const refused = mountSmall(disk, kilobytes);
      if (refused !== undefined) return { what, tried: 0, survived: 0, notes: [refused] };
      try {
        const out = join(disk, "run");
        tried++;
        const full = await command(smallOptions(folder, out));
        remount(disk, "size=64m");
        const again = [...smallOptions(folder, out), "--resume"];
        let after = full.code === 0 ? full : await command(again);
        // Where the disk was full before there was a run, there is none to go on with.
        if (after.code === 1 && /--resume/.test(after.output))
          after = await command(smallOptions(folder, out));
        const told = full.code === 0 || (full.code === 1 && /space|full|room|ENOSPC/i.test(full.output));
        const same = after.code === 0 && (await readFile(join(out, "bundle", "model.onnx"))).equals(wanted);
        if (told && same) survived++;
        else notes.push(`${kilobytes} KiB: ${told ? after.output.slice(-400) : full.output.slice(-400)}`);
      } finally {
        unmount(disk);
      }
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  return { what, tried, survived, notes };
}

/** Commands that write, on a disk that nobody may write to. */
export async function readOnlyDisks(): Promise<Row> {
  const what = "read-only disk";
  const folder = await mkdtemp(join(tmpdir(), "multihot-read-only-"));
  const disk = join(folder, "disk");
  const notes: string[] = [];
  let [tried, survived] = [0, 0];
  try {
    await mkdir(disk);
    const refused = mountSmall(disk, 1024);
    if (refused !== undefined) return { what, tried: 0, survived: 0, notes: [refused] };
    try {
      await smallRun(folder, 24);
      await writeFile(join(disk, "there"), "");
      remount(disk, "ro");
      for (const args of [
        smallOptions(folder, join(disk, "run")),
        smallOptions(folder, join(disk, "new", "run")),
        ["sample", join(disk, "sample"), "--images", "2"],
        ["convert", join(folder, "labels.csv"), "--to", "coco", "--out", join(disk, "labels.json")],
        ["convert", join(folder, "labels.csv"), "--to", "folders", "--out", join(disk, "new", "set")],
        ["check", join(folder, "labels.csv"), "--no-decode", "--fix", join(disk, "fixed.csv")],
      ]) {
        tried++;
        const { code, output } = await command(args);
        if (code === 1 && /read-only/i.test(output)) survived++;
        else notes.push(`${args[0]}, exit code ${code}: ${output.slice(-300)}`);
      }
    } finally {
      unmount(disk);
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  return { what, tried, survived, notes };
}
