// Expected: what two runs of the trial's step give, as the reference engine computes it in float64; a test holds it so.

/** Digests of the state after a run with two images and one with three, by name. */
export const expected: Readonly<Record<string, readonly number[]>> = {
  "bn1.mean": [0.271490715, -0.64938864],
  "bn1.variance": [-0.861024455, -1.12316349],
  "bn2.mean": [-0.411127444, -0.272182735],
  "bn2.variance": [-0.777048012, -0.994687872],
  "bn3.mean": [-0.124277481, -0.0421527331],
  "bn3.variance": [-0.725650923, -0.930695399],
  stem: [-3.21847444, -1.96957489],
  "bn1.scale": [-0.166929433, -0.712749291],
  "bn1.bias": [0.297435193, -0.0255924848],
  conv2: [-0.825701733, 1.66336596],
  "bn2.scale": [-0.189813069, -0.643344291],
  "bn2.bias": [0.289083067, 0.0214677751],
  conv3: [2.24486085, 1.68497038],
  "bn3.scale": [-0.187947609, -0.653956943],
  "bn3.bias": [0.301604832, -0.0244087603],
  conv4: [2.64931092, -3.06261616],
  conv5: [1.94678166, 0.544743282],
  conv6: [1.74566724, -0.724497967],
  fc: [1.27610852, 0.335044363],
  "fc.bias": [0.0182030063, 0.0424047697],
};
