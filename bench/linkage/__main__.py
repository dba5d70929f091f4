"""`python -m bench.linkage [--only NAME ...]`: F1 on public sets, ours beside splink and recordlinkage, without labels.

Needs an environment of its own: `pip install -r requirements/runtime.txt -r requirements/bench.txt`. Each engine works
on the same rows, first with all fields and then with name and address alone. Blocking recall (how many true pairs an
engine compares at all) stands apart from what it makes of them at probability 0.5: pairs, clusters by average linkage,
connected components, and of two files the best of each row. Ours is judged by its own groups alone, a peer by what
serves it best of these. The best F1 of any threshold needs the truth and is a ceiling. Exit code 1 where a peer is not
worse than ours. `lookup` is what the product's own look-ups find; it is shown, not judged.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Mapping

from bench.linkage.datasets import Dataset, Linked, datasets
from bench.linkage.entities import one_to_one
from bench.linkage.lookup import lookup_pairs
from bench.linkage.ours import our_pairs
from bench.linkage.peers import recordlinkage_ecm, recordlinkage_rule, splink_pairs
from bench.linkage.scoring import average_linkage, best_threshold, connected, quality

Engine = Callable[[Dataset], Linked]
ENGINES: Mapping[str, Engine] = {
    "ours": our_pairs,
    "lookup": lookup_pairs,
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
    """Prints one table; the sentences tell which peer ours does not beat."""
    true = dataset.true_pairs
    _say(f"\n== {dataset.name}: {len(dataset.rows):,} rows, {len(true):,} true pairs, {', '.join(dataset.columns())}")
    _say("engine               pairs blocked  P / R / F1 of pairs     average connected one each  own    best F1   s")
    reached: dict[str, float] = {}
    for name in engines:
        start = time.perf_counter()
        try:
            found = ENGINES[name](dataset)
        except Exception as error:
            if name in ("ours", "lookup"):
                raise
            # a peer that cannot take the set must not end the run
            _say(f"{name:18s} cannot: {type(error).__name__}: {str(error).splitlines()[0][:90]}")
            continue
        reached[name] = _line(name, found, dataset, time.perf_counter() - start)
    ours = reached.get("ours", 0.0)
    peers = {name: f1 for name, f1 in reached.items() if name not in ("ours", "lookup")}
    return [f"{dataset.name}: {name} {f1:.4f} >= ours {ours:.4f}" for name, f1 in peers.items() if f1 >= ours]


def _line(name: str, found: Linked, dataset: Dataset, seconds: float) -> float:
    """Prints the figures of one engine and gives its F1: of its own groups, or the best of what its pairs make."""
    true, pairs = dataset.true_pairs, found.chances
    plain = quality((pair for pair, chance in pairs.items() if chance >= 0.5), true)
    grouped: dict[str, float | None] = {"average": None, "connected": None, "one each": None}
    if dataset.files:
        grouped["one each"] = quality(one_to_one({pair: chance - 0.5 for pair, chance in pairs.items()}), true).f1
    else:
        grouped["average"] = quality(average_linkage(pairs), true).f1
        grouped["connected"] = quality(connected(pairs), true).f1
    own = None if found.groups is None else quality(found.groups, true).f1
    columns = "  ".join("   -  " if f1 is None else f"{f1:.4f}" for f1 in (*grouped.values(), own))
    blocking = len(true & set(pairs)) / len(true)
    _say(
        f"{name:18s} {len(pairs):7d} {blocking:.4f}   {plain.precision:.4f} {plain.recall:.4f} {plain.f1:.4f}    "
        f"{columns}  {best_threshold(pairs, true)[0]:.4f} {seconds:6.1f}"
    )
    return own if own is not None else max(plain.f1, *(f1 for f1 in grouped.values() if f1 is not None))


def _say(text: str) -> None:
    print(text, flush=True)


if __name__ == "__main__":
    main()
