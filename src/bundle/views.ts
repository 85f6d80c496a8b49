// Views: an image seen several times, mirrored or shifted, so that what the network says of it depends less on chance.

/** `flip`: the image and its mirror image. `5`: its middle, and four views that reach further to a corner each. */
export const viewsNames = ["flip", "5"] as const;
export type ViewsName = (typeof viewsNames)[number];

/** What of the canvas a view shows. */
interface View {
  readonly left: number;
  readonly top: number;
  readonly mirrored: boolean;
}

/** The canvas that views are cut from, beside the network's input. */
const ROOM = 8 / 7;

export class Views {
  /** The side of the square that is prepared of each image, and the length of its shorter side before that is cut out. */
  readonly canvas: { readonly resize: number; readonly crop: number };
  private readonly all: readonly View[];

  constructor(
    name: ViewsName,
    /** How the network's images are prepared. */
    { resize, crop }: { readonly resize: number; readonly crop: number },
  ) {
    if (name === "flip") {
      this.canvas = { resize, crop };
      this.all = [false, true].map((mirrored) => ({ left: 0, top: 0, mirrored }));
    } else {
      // Without room around the middle the views would be the same.
      const side = resize > crop ? resize : Math.round(ROOM * crop);
      this.canvas = { resize: side, crop: side };
      const most = side - crop;
      const middle = Math.round(most / 2);
      this.all = [
        [middle, middle],
        [0, 0],
        [most, 0],
        [0, most],
        [most, most],
      ].map(([left, top], i) => ({ left, top, mirrored: i % 2 === 1 }));
    }
    this.side = crop;
  }
  private readonly side: number;

  /** How many there are of an image. */
  get count(): number {
    return this.all.length;
  }

  /**
   * One view after the other; the array is used again for the next.
   * @param images RGB, uint8 [N, canvas, canvas, 3]
   * @returns of each view [N, crop, crop, 3]
   */
  *of(images: Uint8Array): Generator<Uint8Array, void> {
    const { side } = this;
    const width = this.canvas.crop;
    const count = images.length / (3 * width * width);
    const cut = new Uint8Array(3 * count * side * side);
    for (const { left, top, mirrored } of this.all) {
      let at = 0;
      for (let image = 0; image < count; image++) {
        for (let y = top; y < top + side; y++) {
          const row = 3 * ((image * width + y) * width + left);
          if (!mirrored) {
            cut.set(images.subarray(row, row + 3 * side), at);
            at += 3 * side;
            continue;
          }
          for (let from = row + 3 * (side - 1); from >= row; from -= 3) {
            cut[at++] = images[from];
            cut[at++] = images[from + 1];
            cut[at++] = images[from + 2];
          }
        }
      }
      yield cut;
    }
  }
}
