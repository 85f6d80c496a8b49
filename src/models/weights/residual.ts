// Which residual network a set of names and shapes belongs to, for errors.

/**
 * "ResNet-50" and the like, if the names are torchvision's. The number counts the layers with weights: two or
 * three convolutions a block, the stem and the classifier.
 */
export function residualNetwork(shapes: ReadonlyMap<string, readonly number[]>): string | undefined {
  const blocks = new Set<string>();
  for (const name of shapes.keys()) {
    const block = /^(layer[1-4]\.\d+)\.conv2\.weight$/.exec(name);
    if (block) blocks.add(block[1]);
  }
  const middle = shapes.get("layer1.0.conv2.weight");
  if (!middle) return undefined;
  const bottleneck = shapes.has("layer1.0.conv3.weight");
  const [width, inputs] = middle;
  const depth = blocks.size * (bottleneck ? 3 : 2) + 2;
  if (inputs < width) return `ResNeXt-${depth}`;
  return bottleneck && width > 64 ? `Wide ResNet-${depth}` : `ResNet-${depth}`;
}
