"""Benchmarks: figures against anchors, measured in the same run."""
