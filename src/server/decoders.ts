// Decoders: of all that libvips has, strangers reach those for which a picture would be accepted anyway.
import sharp from "sharp";

let limited = false;

/**
 * Holds for the whole process. Called before the first picture comes: between its two halves none could be read, by
 * whatever thread.
 */
export function limitDecoders(): void {
  if (limited) return;
  limited = true;
  sharp.block({ operation: ["VipsForeignLoad"] });
  sharp.unblock({
    operation: ["Jpeg", "Png", "Webp", "Heif", "Nsgif", "Tiff"].map((format) => `VipsForeignLoad${format}`),
  });
}
