"""Who is in charge: posts, stand-ins, load and capacity, handing over, escalation."""
