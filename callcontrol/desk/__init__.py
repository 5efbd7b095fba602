"""Runs the floor live: follows the journal, decides while elected, writes decisions, saves snapshots. No rule lives here."""
