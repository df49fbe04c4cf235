"""Bytes of a paper -> Document: text with positions."""
