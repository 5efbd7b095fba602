"""callcontrol: call control for FreeSWITCH. Start reading in docs/architecture.md."""

__version__ = "0.1.0"
