// Scores: the logits of a set's images, beside their targets.

/** What a network says of a set's pictures, without those that cannot be read. */
export interface Scores {
  readonly images: number;
  /** Which pictures of the set they are. */
  readonly pictures: Uint32Array;
  /** Row-major [images, labels], as the network gives them. */
  readonly logits: Float32Array;
  /** Row-major [images, labels]. */
  readonly targets: Float32Array;
}
