"""`python -m bench.linkage [--only NAME ...]`: F1 on public sets, ours beside splink and recordlinkage, without labels.

Needs an environment of its own: `pip install -r requirements/runtime.txt -r requirements/bench.txt`. Each engine works
on the same rows, first with all fields and then with name and address alone. Blocking recall (how many true pairs an
engine compares at all) stands apart from what it makes of them: pairs, clusters by average linkage and connected
components, each at probability 0.5; the best F1 of any threshold needs the truth and is a ceiling. Exit code 1 when a
peer is better.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Mapping

from bench.linkage.datasets import Dataset, Pair, datasets
from bench.linkage.ours import our_pairs
from bench.linkage.peers import recordlinkage_ecm, recordlinkage_rule, splink_pairs
from bench.linkage.scoring import average_linkage, best_threshold, connected, quality

Engine = Callable[[Dataset], dict[Pair, float]]
ENGINES: Mapping[str, Engine] = {
    "ours": our_pairs,
    "splink": splink_pairs,
    "recordlinkage ECM": recordlinkage_ecm,
    "recordlinkage rule": recordlinkage_rule,
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench.linkage", description=__doc__)
    parser.add_argument("--only", nargs="+", help="names of sets")
    parser.add_argument("--engines", nargs="+", choices=list(ENGINES), default=list(ENGINES))
    given = parser.parse_args()
    worse = []
    for whole in datasets():
        if given.only and whole.name not in given.only:
            continue
        for dataset in (whole, whole.only_card_fields()):
            if dataset is not whole and dataset.columns() == whole.columns():
                continue
            worse += _compare(dataset, given.engines)
    for line in worse:
        _say(f"MISSED {line}")
    sys.exit(bool(worse))


def _compare(dataset: Dataset, engines: list[str]) -> list[str]:
    """Prints one table; the sentences tell where a peer is better than ours."""
    true = dataset.true_pairs
    _say(f"\n== {dataset.name}: {len(dataset.rows):,} rows, {len(true):,} true pairs, {', '.join(dataset.columns())}")
    _say("engine               pairs  blocking   P      R      F1     average  connected  best F1 at       s")
    reached: dict[str, float] = {}
    for name in engines:
        start = time.perf_counter()
        try:
            pairs = ENGINES[name](dataset)
        except Exception as error:
            if name == "ours":
                raise
            # a peer that cannot take the set must not end the run
            _say(f"{name:18s} cannot: {type(error).__name__}: {str(error).splitlines()[0][:90]}")
            continue
        reached[name] = _line(name, pairs, true, time.perf_counter() - start)
    ours = reached.get("ours", 0.0)
    return [f"{dataset.name}: {name} {f1:.4f} > ours {ours:.4f}" for name, f1 in reached.items() if f1 > ours]


def _line(name: str, pairs: Mapping[Pair, float], true: frozenset[Pair], seconds: float) -> float:
    """Prints the figures of one engine and gives its F1: the best of pairs and both kinds of clusters, all at 0.5."""
    plain = quality((pair for pair, chance in pairs.items() if chance >= 0.5), true)
    grouped = [quality(cluster(pairs), true).f1 for cluster in (average_linkage, connected)]
    best, at = best_threshold(pairs, true)
    blocking = len(true & set(pairs)) / len(true)
    _say(
        f"{name:18s} {len(pairs):8d}   {blocking:.4f}  {plain.precision:.4f} {plain.recall:.4f} {plain.f1:.4f}   "
        f"{grouped[0]:.4f}   {grouped[1]:.4f}     {best:.4f} {at:.3f} {seconds:7.1f}"
    )
    return max(plain.f1, *grouped)


def _say(text: str) -> None:
    print(text, flush=True)


if __name__ == "__main__":
    main()
