"""Parts of the benchmark harness; `../run` and `../wan` are its two programs."""
