"""Texts in each language, and their sound files. Texts ship; sounds are built.

Here: which text a prompt has (``catalogue``), how numbers and times are said (``say``), which files that makes
(``sounds``), and how files are made (``builder``, ``voice``, ``music``). Not here: when anything is said.
"""
