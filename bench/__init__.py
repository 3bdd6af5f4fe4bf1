"""Benchmarks of the slow paths, each as a ratio to a yardstick of the same run."""
