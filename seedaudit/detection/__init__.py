"""Document -> findings: which uses of random seeds a paper makes."""
