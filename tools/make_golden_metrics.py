#!/usr/bin/env python3
"""Writes tests/golden/metrics.txt: scikit-learn's accuracy, Matthews correlation and F1, precision and recall of each label and
their macro averages, for some label sets. Needs scikit-learn and numpy. Usage: tools/make_golden_metrics.py"""
import os

import numpy
from sklearn.metrics import accuracy_score, matthews_corrcoef, precision_recall_fscore_support

CASES = [  # name, labels, rows, how often a prediction is right, labels that never occur in the rows, seed
    ("two", 2, 40, 0.7, (), 1),
    ("two_rare", 2, 100, 0.97, (), 2),
    ("two_one_never_predicted", 2, 100, None, (), 3),
    ("two_one_absent", 2, 12, 0.6, (1,), 4),
    ("three", 3, 60, 0.6, (), 5),
    ("five_one_absent", 5, 50, 0.5, (3,), 6),
    ("one_row", 2, 1, 1.0, (), 7),
    ("sixty", 60, 300, 0.4, (7, 11), 8),
]


def rows_of(labels, rows, right, absent, seed):
    random = numpy.random.default_rng(seed)
    present = [k for k in range(labels) if k not in absent]
    if right is None:  # 99 rows of label 1, one of label 0, which is never predicted
        return numpy.array([0] + [1] * (rows - 1)), numpy.ones(rows, dtype=int)
    truth = random.choice(present, rows)
    guess = random.integers(0, labels, rows)
    return truth, numpy.where(random.random(rows) < right, truth, guess)


def main():
    lines = []
    for name, labels, rows, right, absent, seed in CASES:
        truth, predicted = rows_of(labels, rows, right, absent, seed)
        lines.append(f"case {name} {labels} {rows}")
        lines.append("true " + " ".join(map(str, truth)))
        lines.append("predicted " + " ".join(map(str, predicted)))
        lines.append(f"accuracy {accuracy_score(truth, predicted)!r} mcc {float(matthews_corrcoef(truth, predicted))!r}")
        occurring = sorted(set(truth) | set(predicted))
        p, r, f, _ = precision_recall_fscore_support(truth, predicted, labels=occurring, average="macro", zero_division=0)
        lines.append(f"macro {float(f)!r} {float(p)!r} {float(r)!r}")
        p, r, f, _ = precision_recall_fscore_support(truth, predicted, labels=range(labels), average=None, zero_division=0)
        for k in range(labels):
            lines.append(f"label {float(f[k])!r} {float(p[k])!r} {float(r[k])!r}")
    golden = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "tests", "golden", "metrics.txt")
    with open(golden, "w") as file:
        file.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
