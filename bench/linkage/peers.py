"""splink 5 and recordlinkage 0.16 with the settings of their own documentation, on the same rows.

splink: docs/demos/examples/duckdb/febrl3 and accuracy_analysis_from_labels_column (fake_1000). recordlinkage:
docs/guides/data_deduplication (the rule), and its ECM classifier over the same comparisons and those of house number
and postcode. Where a set or a choice of fields has no documented settings, the same comparisons are used as far as the
fields go, and blocks that give both pairs that match and pairs that do not. Two files are linked, not deduplicated.
"""

from __future__ import annotations

import logging
import warnings
from dataclasses import dataclass
from typing import Any

import duckdb
import pandas as pd
import recordlinkage
import splink.comparison_library as cl
from splink import DuckDBAPI, Linker, SettingsCreator, block_on

from bench.linkage.datasets import Dataset, Linked, Pair


@dataclass(frozen=True, slots=True)
class Recipe:
    """How splink is told to work on one set."""

    comparisons: list[Any]
    blocking: list[Any]
    deterministic: list[Any]
    recall: float
    training: list[Any]
    seed: int


def splink_pairs(dataset: Dataset) -> Linked:
    """The match probability of every pair that splink's blocking rules let through."""
    logging.getLogger("splink").setLevel(logging.ERROR)
    recipe = _recipe(dataset)
    connection = duckdb.connect()
    api = DuckDBAPI(connection=connection)
    born = _born(dataset)
    tables = []
    for number, frame in enumerate(_frames(dataset)):
        connection.register(f"rows_{number}", frame)
        tables.append(api.register(connection.sql(f"SELECT * {born} FROM rows_{number}")))
    settings = SettingsCreator(
        unique_id_column_name="id",
        link_type="link_only" if dataset.files else "dedupe_only",
        blocking_rules_to_generate_predictions=recipe.blocking,
        comparisons=recipe.comparisons,
    )
    linker = Linker(tables, settings, log_level=None)
    linker.training.estimate_probability_two_random_records_match(recipe.deterministic, recall=recipe.recall)
    linker.training.estimate_u_using_random_sampling(max_pairs=1e6, seed=recipe.seed)
    for rule in recipe.training:
        linker.training.estimate_parameters_using_expectation_maximisation(
            rule, **({"estimate_without_term_frequencies": True} if "email" in dataset.columns() else {})
        )
    found = linker.inference.predict().as_record_list()
    return Linked({_pair(row["id_l"], row["id_r"]): float(row["match_probability"]) for row in found})


def recordlinkage_rule(dataset: Dataset) -> Linked:
    """The documented rule: block on the given name, more than three of the comparisons agree."""
    block = next(key for key in ("first_name", "city", "postcode") if key in dataset.columns())
    features = _features(dataset, (block,), numbers=False)
    least = 3 if len(features.columns) > 4 else len(features.columns) - 2
    agreed = features.sum(axis=1) > least
    return Linked({_pair(*pair): float(hit) for pair, hit in agreed.items()})


def recordlinkage_ecm(dataset: Dataset) -> Linked:
    """The unsupervised classifier over the union of blocks on every name, place and number."""
    keys = ["first_name", "last_name", "postcode", "birth_date", "customer_number", "email", "street"]
    if "first_name" not in dataset.columns():
        keys.append("city")
    features = _features(dataset, tuple(key for key in keys if key in dataset.columns()), numbers=True)
    classifier = recordlinkage.ECMClassifier(binarize=0.8)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        classifier.fit(features)
        chances = classifier.prob(features)
    return Linked({_pair(*pair): float(chance) for pair, chance in chances.items()})


def _features(dataset: Dataset, blocks: tuple[str, ...], *, numbers: bool) -> pd.DataFrame:
    frames = [frame.set_index("id") for frame in _frames(dataset)]
    indexer = recordlinkage.Index()
    for key in blocks:
        indexer.block(key)
    links = indexer.index(*frames)
    exact = {"first_name", "birth_date", "city", "state", "email", "customer_number"}
    exact |= {"house_number", "postcode"} if numbers else set()
    compare = recordlinkage.Compare()
    for column in frames[0].columns:
        if column in ("last_name", "street"):
            method = "jarowinkler" if column == "last_name" else "levenshtein"
            compare.string(column, column, method=method, threshold=0.85, label=column)
        elif column in exact:
            compare.exact(column, column, label=column)
    return compare.compute(links, *frames)


def _recipe(dataset: Dataset) -> Recipe:
    columns = set(dataset.columns())
    if {"first_name", "house_number"} <= columns:
        return _febrl(whole="birth_date" in columns)
    if "first_name" in columns:
        return _fake(whole="email" in columns)
    return _places(columns)


def _febrl(*, whole: bool) -> Recipe:
    comparisons = [cl.NameComparison("first_name"), cl.NameComparison("last_name")]
    if whole:
        comparisons += [
            cl.DateOfBirthComparison("birth_date", input_is_string=True, datetime_format="%Y%m%d"),
            cl.DamerauLevenshteinAtThresholds("customer_number", [2]),
        ]
    comparisons += [
        cl.ExactMatch(name).configure(term_frequency_adjustments=True) for name in ("house_number", "postcode")
    ]
    rules = ["customer_number", "first_name", "last_name", "birth_date", "postcode"]
    if whole:
        certain = [
            block_on("customer_number"),
            block_on("first_name", "last_name", "birth_date"),
            "l.first_name = r.last_name and l.last_name = r.first_name and l.birth_date = r.birth_date",
        ]
        return Recipe(
            comparisons, [block_on(r) for r in rules], certain, 0.9, [block_on("birth_date"), block_on("postcode")], 2
        )
    certain = [
        block_on("first_name", "last_name", "postcode"),
        "l.first_name = r.last_name and l.last_name = r.first_name and l.postcode = r.postcode",
    ]
    # the address stands in for what is missing, in the way of splink's febrl4 example
    comparisons.append(cl.JaroWinklerAtThresholds("street", [0.9, 0.7]).configure(term_frequency_adjustments=True))
    blocks = [block_on("first_name"), block_on("last_name"), block_on("postcode"), block_on("house_number", "street")]
    return Recipe(comparisons, blocks, certain, 0.7, [block_on("postcode"), block_on("last_name", "first_name")], 2)


def _fake(*, whole: bool) -> Recipe:
    comparisons = [cl.ForenameSurnameComparison("first_name", "last_name")]
    city = cl.ExactMatch("city").configure(term_frequency_adjustments=True)
    if not whole:
        certain = ["l.first_name = r.first_name and levenshtein(r.last_name, l.last_name) <= 2"]
        blocks = [block_on("first_name"), block_on("last_name")]
        return Recipe(
            [*comparisons, city], blocks, certain, 0.7, [block_on("city"), block_on("first_name", "last_name")], 5
        )
    comparisons += [cl.DateOfBirthComparison("birth_date", input_is_string=False), city, cl.EmailComparison("email")]
    certain = [
        "l.first_name = r.first_name and levenshtein(r.birth_date::VARCHAR, l.birth_date::VARCHAR) <= 1",
        "l.last_name = r.last_name and levenshtein(r.birth_date::VARCHAR, l.birth_date::VARCHAR) <= 1",
        "l.first_name = r.first_name and levenshtein(r.last_name, l.last_name) <= 2",
        "l.email = r.email",
    ]
    blocks = [block_on(name) for name in ("first_name", "last_name", "birth_date", "email")]
    training = [block_on("birth_date"), block_on("email"), block_on("first_name", "last_name")]
    return Recipe(comparisons, blocks, certain, 0.7, training, 5)


def _places(columns: set[str]) -> Recipe:
    """Restaurants, day-care centres and companies, which splink's documentation does not treat."""
    lines = [name for name in ("last_name", "street") if name in columns]
    exact = [name for name in ("postcode", "city", "customer_number") if name in columns]
    comparisons: list[Any] = [
        cl.JaroWinklerAtThresholds(name, [0.9, 0.7]).configure(term_frequency_adjustments=True) for name in lines
    ]
    comparisons += [cl.ExactMatch(name).configure(term_frequency_adjustments=True) for name in exact]
    blocks: list[Any] = [block_on(name) for name in (*lines, *exact) if name != "city" or "street" not in columns]
    blocks += [block_on("substr(last_name, 1, 4)"), *(block_on("substr(street, 1, 6)") for _ in lines[1:])]
    training = [block_on(name) for name in lines] if len(lines) > 1 else blocks[-1:]
    return Recipe(comparisons, blocks, [block_on(*lines)], 0.5, training, 1)


def _born(dataset: Dataset) -> str:
    """fake_1000's dates are dates in splink's example, febrl's are text."""
    return (
        "REPLACE (CAST(birth_date AS DATE) AS birth_date)" if {"email", "birth_date"} <= set(dataset.columns()) else ""
    )


def _frames(dataset: Dataset) -> list[pd.DataFrame]:
    """The rows as one table, or as one for each file."""
    whole = _frame(dataset)
    if not dataset.files:
        return [whole]
    of = whole["id"].map(dict(dataset.files))
    return [whole[of == file].reset_index(drop=True) for file in sorted(set(dataset.files.values()))]


def _frame(dataset: Dataset) -> pd.DataFrame:
    frame = pd.DataFrame([{key: value or None for key, value in row.items()} for row in dataset.rows])
    frame = frame[["id", *dataset.columns()]]
    if "first_name" not in frame and "street" in frame:
        # places keep their address in one line, as these sets have it and strings compare best
        frame["street"] = (frame.pop("house_number").fillna("") + " " + frame["street"].fillna("")).str.strip()
    return frame


def _pair(left: str, right: str) -> Pair:
    return (left, right) if left < right else (right, left)
