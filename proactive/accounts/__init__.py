"""Who may sign in, what they may do and where, and their sessions."""
