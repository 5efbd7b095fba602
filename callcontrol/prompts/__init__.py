"""Texts in each language, and their sound files. Texts ship; sounds are built."""
