"""What the rooms ask of the outside, as protocols. Real adapters: ``switch``, ``bus``, ``store``, ``prompts``; the fakes
that ship stand beside them (``lab`` is a switch that speaks the same wire, so it needs no adapter of its own)."""
