"""Benchmarks: `python -m bench [names…]`. Each compares two things run side by side; results are kept in results/."""
