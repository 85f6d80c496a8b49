// Rounding as Python does it, on which torchvision's geometry rests.

/** Python's `round`: halves go to the even number. */
export function roundHalfEven(x: number): number {
  const low = Math.floor(x);
  if (x - low !== 0.5) return Math.round(x);
  return low % 2 === 0 ? low : low + 1;
}
