"""Many papers: a study, the processes that fill it, and what can be counted in it."""
