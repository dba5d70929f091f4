"""Duplicates in public record-linkage sets: ours beside splink and recordlinkage, in one run."""
