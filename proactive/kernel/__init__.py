"""Small things every stage shares: clock, errors, ids, money, states, database, work, crypto."""
