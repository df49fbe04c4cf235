"""Audits -> what people read: one module per output."""
