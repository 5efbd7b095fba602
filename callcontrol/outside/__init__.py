"""HTTP services that flows ask: deadlines, tries, and a circuit that spares a service which is down, and its callers."""
