# Golden values for the metrics, from scikit-learn. Inputs come from a small generator that the test repeats.
#   /usr/bin/python3 test/golden/metrics.py > test/golden/metrics.json
import json
import warnings

import numpy as np
from sklearn import metrics

warnings.filterwarnings("ignore")
SMALL, LARGE = 300, 2


def generator(seed):
    state = seed

    def following(n):
        nonlocal state
        state = (state * 1664525 + 1013904223) % 2**32
        return (state >> 8) % n

    return following


def inputs(seed):
    """Scores on a grid of few or many levels; labels of any frequency, some with no positive; some unknown."""
    following = generator(seed)
    images, labels = (1 + following(25), 1 + following(5)) if seed < SMALL else (3000, 8)
    levels = [2, 3, 5, 11, 1000003][following(5)]
    unknown = following(3) == 0
    frequency = [following(5) for _ in range(labels)]
    thresholds = [following(levels) / levels for _ in range(labels)]
    scores, targets = np.zeros((images, labels)), np.zeros((images, labels), int)
    for i in range(images):
        for c in range(labels):
            scores[i, c] = following(levels) / levels
            targets[i, c] = int(following(6) < frequency[c])
            if unknown and following(5) == 0:
                targets[i, c] = -1
    return scores, targets, np.array(thresholds)


def mean(values):
    values = [v for v in values if v is not None]
    return float(np.mean(values)) if values else None


def of_label(scores, targets, threshold):
    known = targets >= 0
    t, s = targets[known], scores[known]
    ap = float(metrics.average_precision_score(t, s)) if t.any() else None
    # Undefined is what depends on the value that scikit-learn is told to put there.
    of = lambda zero: metrics.precision_recall_fscore_support(
        t, (s >= threshold).astype(int), average="binary", zero_division=zero
    )[:3]
    rest = [float(a) if a == b else None for a, b in zip(of(0), of(1))] if len(t) else [None] * 3
    return [ap, *rest]


def of_image(scores, targets):
    """scikit-learn wants two labels: a last one that is not there and scores least changes none of the three."""
    known = targets >= 0
    if not known.any():
        return None
    t, s = targets[known], scores[known]
    if len(t) == 1:
        t, s = np.append(t, 0), np.append(s, -1)
    of = [metrics.label_ranking_average_precision_score, metrics.coverage_error, metrics.label_ranking_loss]
    return [float(f(t[None], s[None])) for f in of]


def round_off(value):
    if isinstance(value, list):
        return [round_off(v) for v in value]
    return None if value is None else float(f"{value:.14g}")


for seed in range(SMALL + LARGE):
    scores, targets, thresholds = inputs(seed)
    known = targets >= 0
    decided = (scores >= thresholds).astype(int)
    labels = [of_label(scores[:, c], targets[:, c], thresholds[c]) for c in range(len(thresholds))]
    if known.all() and targets.shape[1] > 1:
        # Nothing is unknown: scikit-learn's functions as they are.
        subset = metrics.accuracy_score(targets, decided)
        hamming = metrics.hamming_loss(targets, decided)
        ranking = [
            metrics.label_ranking_average_precision_score(targets, scores),
            metrics.coverage_error(targets, scores),
            metrics.label_ranking_loss(targets, scores),
        ]
    else:
        judged = known.any(1)
        wrong = ((decided != targets) & known).any(1)
        subset = 1 - float(wrong[judged].mean()) if judged.any() else None
        hamming = metrics.hamming_loss(targets[known], decided[known]) if known.any() else None
        images = [v for v in map(of_image, scores, targets) if v]
        ranking = [mean(v) for v in zip(*images)] if images else [None] * 3
    f1 = lambda zero: metrics.f1_score(targets[known], decided[known], zero_division=zero)
    micro = (f1(0) if f1(0) == f1(1) else None) if known.any() else None
    macro = mean([label[3] for label in labels])
    row = [mean([label[0] for label in labels]), micro, macro, hamming, subset, *ranking]
    details = labels if seed % 8 == 0 else []
    print("[" if seed == 0 else ",", json.dumps(round_off([row, *details]), separators=(",", ":")), sep="")
print("]")
