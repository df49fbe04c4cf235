"""seedaudit audits machine-learning papers for how they use random seeds."""

__version__ = "0.1.0"
