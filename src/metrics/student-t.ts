// Student's t distribution: how many standard errors an interval takes on either side, where these are estimates too.

/** Beyond this the quantiles are the normal distribution's to a thousandth. */
const MOST_DEGREES = 1000;

/**
 * The distance t for which P(−t ≤ T ≤ t) is `confidence`, in (0, 1), T having Student's distribution with `degrees` degrees
 * of freedom, a whole number from 1 up. The probability is the finite sum of Abramowitz and Stegun 1964, 26.7.3 and 26.7.4;
 * bisection inverts it.
 */
export function studentQuantile(confidence: number, degrees: number): number {
  const ν = Math.min(degrees, MOST_DEGREES);
  // tan θ = t / √ν, so that all of t is an interval of θ.
  let low = 0;
  let high = Math.PI / 2;
  for (let step = 0; step < 60; step++) {
    const middle = (low + high) / 2;
    if (within(middle, ν) < confidence) low = middle;
    else high = middle;
  }
  return Math.sqrt(ν) * Math.tan(high);
}

/** P(−t ≤ T ≤ t) for t = √ν·tan θ. */
function within(θ: number, ν: number): number {
  const [sin, cos] = [Math.sin(θ), Math.cos(θ)];
  const isOdd = ν % 2 === 1;
  // 1 + c²·1/2 + c⁴·(1·3)/(2·4) + … where ν is even, c + c³·2/3 + c⁵·(2·4)/(3·5) + … where it is odd.
  let term = isOdd ? cos : 1;
  let sum = 0;
  for (let i = isOdd ? 1 : 0; i <= ν - 2; i += 2) {
    sum += term;
    term *= (cos * cos * (i + 1)) / (i + 2);
  }
  return isOdd ? (2 / Math.PI) * (θ + sin * sum) : sin * sum;
}
