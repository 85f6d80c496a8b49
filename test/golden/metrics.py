# Golden values for the metrics, from scikit-learn. Inputs come from a small generator that the test repeats.
#   /usr/bin/python3 test/golden/metrics.py > test/golden/metrics.json
import json
import warnings

import numpy as np
from sklearn import metrics

warnings.filterwarnings("ignore")
SMALL, LARGE = 1000, 2
# All values of so many cases are written down; of the others a sum that changes with each of them.
IN_FULL = 60


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


def mean(values, weights=None):
    """Of what is defined."""
    weights = [1] * len(values) if weights is None else weights
    pairs = [(v, w) for v, w in zip(values, weights) if v is not None]
    if sum(w for _, w in pairs) == 0:
        return None
    values, weights = zip(*pairs)
    return float(np.average(values, weights=weights))


def known_of(rows):
    """What is known of each row of (targets, scores, decided), where anything is."""
    for t, s, d in zip(*rows):
        known = t >= 0
        if known.any():
            yield t[known], s[known], d[known]


def precision_of(t, s, d):
    return float(metrics.average_precision_score(t, s)) if t.any() else None


def auc_of(t, s, d):
    return float(metrics.roc_auc_score(t, s)) if t.any() and not t.all() else None


def decisions_of(t, d, zero=None):
    """Precision, recall, F1. Undefined is what depends on the value that scikit-learn is told to put there."""
    of = lambda z: metrics.precision_recall_fscore_support(t, d, average="binary", zero_division=z)[:3]
    if zero is not None:
        return [float(v) for v in of(zero)]
    return [float(a) if a == b else None for a, b in zip(of(0), of(1))]


def averages(metric, labels, images, everything):
    """macro, micro, weighted, samples"""
    values = [metric(*label) for label in labels]
    samples = mean([metric(*image) for image in images])
    return [mean(values), metric(*everything), mean(values, [t.sum() for t, _, _ in labels]), samples]


def decision_averages(zero, labels, images, everything, matrix):
    if matrix and zero is not None:
        averaged = ["macro", "micro", "weighted", "samples"]
        target, decided = matrix
        of = lambda average: metrics.precision_recall_fscore_support(
            target, decided, average=average, zero_division=zero
        )[:3]
        return [float(value) for average in averaged for value in of(average)]
    each = [decisions_of(t, d, zero) for t, _, d in labels]
    ofImages = [decisions_of(t, d, zero) for t, _, d in images]
    weights = [t.sum() for t, _, _ in labels]
    weighted = [mean(v, weights) for v in zip(*each)]
    if zero is not None and sum(weights) == 0:
        weighted = decisions_of(everything[0], everything[2], zero)
    macro, samples = [mean(v) for v in zip(*each)], [mean(v) for v in zip(*ofImages)]
    return [*macro, *decisions_of(everything[0], everything[2], zero), *weighted, *samples]


def papers(labels, everything):
    """CP, CR, CF1, OP, OR, OF1 from the counts, by the papers' formulas."""
    right, given, there = [
        np.array([f(t, d) for t, _, d in labels], float)
        for f in [lambda t, d: (t * d).sum(), lambda t, d: d.sum(), lambda t, d: t.sum()]
    ]
    overall = decisions_of(everything[0], everything[2])
    kept = there > 0
    if not kept.any():
        return [None, None, None, *overall]
    cp = float(np.mean(right[kept] / np.maximum(given[kept], 1)))
    cr = float(np.mean(right[kept] / there[kept]))
    return [cp, cr, 2 * cp * cr / (cp + cr) if cp + cr > 0 else 0, *overall]


def ranking_of(t, s, d):
    """scikit-learn wants two labels: a last one that is not there and scores least changes none of the three."""
    if len(t) == 1:
        t, s = np.append(t, 0), np.append(s, -1)
    of = [metrics.label_ranking_average_precision_score, metrics.coverage_error, metrics.label_ranking_loss]
    return [float(f(t[None], s[None])) for f in of]


def case(seed):
    scores, targets, thresholds = inputs(seed)
    decided = (scores >= thresholds).astype(int)
    labels = list(known_of([targets.T, scores.T, decided.T]))
    images = list(known_of([targets, scores, decided]))
    known = targets >= 0
    if not known.any():
        return [None] * 55, []
    everything = targets[known], scores[known], decided[known]
    groups = [labels, images, everything]
    # Nothing is unknown: scikit-learn's functions as they are.
    whole = known.all() and targets.shape[1] > 1
    row = [*averages(precision_of, *groups), *averages(auc_of, *groups)]
    if whole and targets.any(0).all() and not targets.all(0).any():
        for k, f in [(0, metrics.average_precision_score), (4, metrics.roc_auc_score)]:
            row[k : k + 3] = [float(f(targets, scores, average=a)) for a in ["macro", "micro", "weighted"]]
    for zero in [None, 0, 1]:
        row += decision_averages(zero, *groups, (targets, decided) if whole else None)
    row += papers(labels, everything)
    if whole:
        row += [metrics.hamming_loss(targets, decided), metrics.accuracy_score(targets, decided)]
        row.append(metrics.label_ranking_average_precision_score(targets, scores))
        row += [metrics.coverage_error(targets, scores), metrics.label_ranking_loss(targets, scores)]
    else:
        row.append(metrics.hamming_loss(*everything[::2]))
        row.append(np.mean([(t == d).all() for t, _, d in images]))
        row += [mean(v) for v in zip(*[ranking_of(*image) for image in images])]
    columns = [targets[:, c] >= 0 for c in range(targets.shape[1])]
    details = [
        [precision_of(t[k], s[k], d[k]), auc_of(t[k], s[k], d[k]), *decisions_of(t[k], d[k])] if k.any() else [None] * 5
        for k, t, s, d in zip(columns, targets.T, scores.T, decided.T)
    ]
    return row, details


def digest(row):
    """Each value weighs 1 to 2, so an error of one is at least as large here."""
    return sum((1 + k / len(row)) * (-1 if v is None else float(v)) for k, v in enumerate(row))


def round_off(value):
    if isinstance(value, list):
        return [round_off(v) for v in value]
    return None if value is None else float(f"{float(value):.14g}")


rows, details, digests = [], [], []
for seed in range(SMALL + LARGE):
    row, ofLabels = case(seed)
    digests.append(float(f"{digest(row):.15g}"))
    if seed < IN_FULL:
        rows.append(row)
        details.append(ofLabels)
compact = lambda v: json.dumps(v, separators=(",", ":"))
print(f'{{"rows":{compact(round_off(rows))},\n"details":{compact(round_off(details))},\n"digests":{compact(digests)}}}')
