"""Public holidays of a country, as special days of opening hours."""
