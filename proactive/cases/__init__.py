"""Cases: one open case per subject and need, always with an owner, a due date, a next step."""
