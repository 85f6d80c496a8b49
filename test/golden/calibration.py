# Golden values for thresholds and calibration, from scikit-learn and SciPy.
#   /usr/bin/python3 test/golden/calibration.py > test/golden/calibration.json
import json

import numpy as np
from scipy.optimize import brentq, minimize
from scipy.special import expit
from sklearn.calibration import CalibratedClassifierCV, calibration_curve
from sklearn.metrics import precision_recall_curve

# Images, share of positives, distance of the two kinds, scale of the logits, digits that are kept.
CASES = [
    (60, 0.5, 1.5, 1, 2),
    (200, 0.1, 2, 3, 1),
    (40, 0.05, 1, 1, 2),
    (100, 0.3, 9, 1, 2),
    (150, 0.4, 0, 5, 1),
    (80, 0.8, 2, 0.1, 2),
]


class Itself:
    """A classifier whose decisions are its input."""

    classes_ = np.array([0, 1])
    _estimator_type = "classifier"

    def fit(self, x, y):
        return self

    def decision_function(self, X):
        return X[:, 0]


def log_loss(parameters, x, t):
    """Value, gradient and Hessian of the log-loss of σ(a·x + b)."""
    y = parameters[0] * x + parameters[1]
    p, rows = expit(y), np.stack([x, np.ones_like(x)])
    value = np.sum(np.logaddexp(0, y) - t * y)
    return value, rows @ (p - t), (rows * (p * (1 - p))) @ rows.T


def platt(x, y):
    """scikit-learn's own fit (BFGS, to some 1e-5), and the same minimum to the last digits."""
    fitted = CalibratedClassifierCV(Itself(), method="sigmoid", cv="prefit").fit(x[:, None], y)
    calibrator = fitted.calibrated_classifiers_[0].calibrators[0]
    positives, negatives = y.sum(), (1 - y).sum()
    t = np.where(y == 1, (positives + 1) / (positives + 2), 1 / (negatives + 2))
    exact = minimize(
        lambda q: log_loss(q, x, t)[0],
        [0, 0],
        jac=lambda q: log_loss(q, x, t)[1],
        hess=lambda q: log_loss(q, x, t)[2],
        method="trust-exact",
        options={"gtol": 1e-11},
    ).x
    for _ in range(3):
        _, gradient, hessian = log_loss(exact, x, t)
        exact = exact - np.linalg.solve(hessian, gradient)
    return [-calibrator.a_, -calibrator.b_], exact.tolist()


def calibration_error(y, p):
    share, probability = calibration_curve(y, p, n_bins=15)
    # Its bins, counted: the upper edge belongs to each.
    counts = np.bincount(np.searchsorted(np.linspace(0, 1, 16)[1:-1], p), minlength=15)
    counts = counts[counts > 0]
    return {
        "share": share.tolist(),
        "probability": probability.tolist(),
        "error": float(np.sum(counts / len(y) * np.abs(share - probability))),
    }


def cuts(y, p):
    """What the curve of all thresholds offers: the best F1; the most recall, or precision, where the other holds."""
    precision, recall, _ = (v[:-1] for v in precision_recall_curve(y, p))
    with np.errstate(invalid="ignore"):
        f1 = np.nan_to_num(2 * precision * recall / (precision + recall))
    best = {"f1": float(f1.max())}
    for wanted in [0.5, 0.9]:
        reached = precision >= wanted
        best[f"recall at precision {wanted}"] = float(recall[reached].max()) if reached.any() else None
        # Of the thresholds that reach a recall, the highest: the curve ascends.
        best[f"precision at recall {wanted}"] = float(precision[np.flatnonzero(recall >= wanted)[-1]])
    return best


rng = np.random.default_rng(1)
cases = []
for images, share, distance, scale, digits in CASES:
    y = (rng.random(images) < share).astype(int)
    y[:2] = [0, 1]
    x = np.round(scale * (rng.normal(size=images) + distance * (y - 0.5)), digits)
    slope = lambda s: np.sum((expit(s * x) - y) * x)
    inside = slope(0.01) < 0 < slope(100)
    sklearn, exact = platt(x, y)
    cases.append({
        "logits": x.tolist(),
        "targets": y.tolist(),
        "sklearn": sklearn,
        "platt": exact,
        "temperature": float(1 / brentq(slope, 0.01, 100, xtol=1e-15, rtol=1e-15)) if inside else None,
        "calibration": calibration_error(y, expit(x)),
        "cuts": cuts(y, expit(x)),
    })
print("[" + ",\n".join(json.dumps(case, separators=(",", ":")) for case in cases) + "]")
