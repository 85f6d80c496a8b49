// Faults of a graphics device, in words that help.
import { UserError } from "../../base/errors.js";

const LOST = /device (?:is|was|has been)? ?lost|DeviceLost|VK_ERROR_DEVICE_LOST|DXGI_ERROR_DEVICE/i;
const MEMORY =
  /out of memory|OUT_OF_(?:DEVICE|HOST)_MEMORY|failed to allocate|larger than the maximum|exceeds the max/i;

/** What ONNX Runtime says of a device, as a person can use it; other errors as they are. */
export function explained(error: unknown): unknown {
  const message = error instanceof Error ? error.message : String(error);
  const said = message.split("\n")[0].slice(0, 300);
  if (LOST.test(message)) {
    return new UserError(
      `The graphics device was lost: its driver was reset, or the machine slept. A run goes on from its last epoch with --resume. (${said})`,
    );
  }
  if (MEMORY.test(message)) {
    return new UserError(
      `The graphics device has too little memory for this: use a smaller --batch, then a smaller --size, or --engine ort. (${said})`,
    );
  }
  return error;
}
