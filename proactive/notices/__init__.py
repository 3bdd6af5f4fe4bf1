"""Telling people: the outbox, its templates, and everything that keeps a message from hurting."""
