"""Configurations of other systems, made into ours: pure, with a note for everything that was decided or has no equal. What
reads files, checks and saves is the command (``cli/import_``)."""
