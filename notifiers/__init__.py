"""The ways out for messages, one file each, found by entry point; they know only `plugins`."""
