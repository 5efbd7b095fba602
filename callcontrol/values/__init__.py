"""Plain facts of the trade: outcomes, skills, opening hours, numbers, the configuration. Standard library only, no I/O."""
