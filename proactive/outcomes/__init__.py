"""Outcomes: what people found out about a trigger's hits; what tuning will learn from."""
