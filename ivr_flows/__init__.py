"""The flows that ship, one file each. ``hotline`` is the example to copy."""
