// Adapter: the graphics device that WebGPU computes on, as far as it can be found out.
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { cpus, release } from "node:os";

export interface Adapter {
  readonly name: string;
  /** Whether a processor stands in for it. */
  readonly software: boolean;
}

/** What names the drivers of Vulkan where they are in no usual place; the last is the oldest. */
const DRIVERS = ["VK_DRIVER_FILES", "VK_ADD_DRIVER_FILES", "VK_ICD_FILENAMES"] as const;
const NVIDIA = "/sys/module/nvidia/version";
const MANIFESTS = ["/usr/share/vulkan/icd.d", "/etc/vulkan/icd.d"];

const listed = (folder: string) => {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
};

/** Whether a device may be there: a look that starts no driver. */
export function mayHaveAdapter(): boolean {
  if (process.platform !== "linux") return true;
  return (
    DRIVERS.some((name) => process.env[name]) ||
    listed("/dev/dri").some((name) => name.startsWith("render")) ||
    ["/dev/nvidiactl", "/dev/dxg"].some((path) => existsSync(path))
  );
}

/** Changes with the drivers of this machine, so that a new one is tried anew. */
export function driversKey(): string {
  const files = MANIFESTS.flatMap((folder) => listed(folder).map((name) => `${folder}/${name}`));
  return [
    release(),
    existsSync(NVIDIA) ? readFileSync(NVIDIA, "utf8").trim() : "",
    ...DRIVERS.map((name) => process.env[name] ?? ""),
    ...files.map((path) => `${path} ${statSync(path).mtimeMs}`),
  ].join("\n");
}

/** VkPhysicalDeviceType, the best first: discrete, integrated, virtual. */
const HARDWARE = [2, 1, 3];
/** VkPhysicalDeviceProperties: its size, and where type and name begin. */
const PROPERTIES = { bytes: 824, type: 16, name: 20 };
/** VkInstanceCreateInfo of nothing but its type. */
const INSTANCE_CREATE_INFO = { bytes: 64, type: 1 };

/** By Vulkan itself, which WebGPU uses on Linux. */
function ofVulkan(): Adapter | undefined {
  const koffi: typeof import("koffi") = createRequire(import.meta.url)("koffi");
  const library = koffi.load("libvulkan.so.1");
  const createInstance = library.func("int vkCreateInstance(void *info, void *allocator, void *instance)");
  const destroyInstance = library.func("void vkDestroyInstance(uintptr_t instance, void *allocator)");
  const enumerate = library.func(
    "int vkEnumeratePhysicalDevices(uintptr_t instance, void *count, void *devices)",
  );
  const propertiesOf = library.func("void vkGetPhysicalDeviceProperties(uintptr_t device, void *properties)");
  const info = Buffer.alloc(INSTANCE_CREATE_INFO.bytes);
  info.writeUInt32LE(INSTANCE_CREATE_INFO.type);
  const handle = Buffer.alloc(8);
  if (createInstance(info, null, handle) !== 0) return undefined;
  const instance = handle.readBigUInt64LE();
  const devices = Buffer.alloc(8 * 16);
  const count = Buffer.alloc(4);
  count.writeUInt32LE(16);
  enumerate(instance, count, devices);
  const found = Array.from({ length: count.readUInt32LE() }, (_, i) => {
    const properties = Buffer.alloc(2 * PROPERTIES.bytes);
    propertiesOf(devices.readBigUInt64LE(8 * i), properties);
    const type = properties.readUInt32LE(PROPERTIES.type);
    const name = properties.toString("utf8", PROPERTIES.name, properties.indexOf(0, PROPERTIES.name));
    return { name, type, software: !HARDWARE.includes(type) };
  });
  destroyInstance(instance, null);
  const rank = ({ type, software }: (typeof found)[number]) =>
    software ? HARDWARE.length : HARDWARE.indexOf(type);
  return found.sort((a, b) => rank(a) - rank(b))[0];
}

/** The one that WebGPU takes. Starts the graphics drivers, which may crash: for a process of its own. */
export function findAdapter(): Adapter {
  if (process.platform === "darwin") return { name: `${cpus()[0]?.model ?? "GPU"}, Metal`, software: false };
  if (process.platform === "win32") return { name: "Direct3D 12", software: false };
  try {
    const adapter = ofVulkan();
    if (adapter) return { name: adapter.name, software: adapter.software };
  } catch {
    // Without koffi it works all the same.
  }
  // Nothing is known of it: it is not to be chosen unasked.
  return { name: "an unknown adapter", software: true };
}
