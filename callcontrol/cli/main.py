"""The top of the command line. A group's file is imported only when its command is called."""

from __future__ import annotations

import importlib
import logging

import click

# name -> (module with ``command``, one line of help)
COMMANDS = {
    "demo": ("callcontrol.cli.demo", "A running hotline on this machine: simulated switch, callers and phones."),
    "run": ("callcontrol.cli.run", "Run a controller."),
    "admin": ("callcontrol.cli.admin", "Run the admin pages; make users."),
    "status": ("callcontrol.cli.status", "One screen: what runs, and what is degraded."),
    "doctor": ("callcontrol.cli.doctor", "What is missing or dangerous here, with the remedy."),
    "agents": ("callcontrol.cli.agents", "Show agents; log them in and out."),
    "callbacks": ("callcontrol.cli.callbacks", "Who waits to be called back; move, re-number, cancel."),
    "callers": ("callcontrol.cli.callers", "Callers known by name: important ones, blocked ones."),
    "messages": ("callcontrol.cli.messages", "Messages that callers left; mark them done, show the number."),
    "calls": ("callcontrol.cli.calls", "List call records; show the story of one."),
    "why": ("callcontrol.cli.why", "Why a call waits, or why this agent got it."),
    "whatif": ("callcontrol.cli.whatif", "Try other rules on the calls of a day."),
    "replay": ("callcontrol.cli.replay", "Make the decisions of a time again and compare them."),
    "hours": ("callcontrol.cli.hours", "Opening hours: show them, close a line at once, open it again."),
    "emergency": ("callcontrol.cli.emergency", "Emergency messages: switch a prepared one on at once, and off."),
    "report": ("callcontrol.cli.report", "Service level, outcomes and waits, of today or of any time."),
    "trace": ("callcontrol.cli.trace", "One call as a ladder: caller, switch, controller, agent."),
    "flows": ("callcontrol.cli.flows", "List, check, draw and rehearse flows."),
    "prompts": ("callcontrol.cli.prompts", "Build the sound files of the prompts."),
    "switch": ("callcontrol.cli.switch", "Render the configuration of a FreeSWITCH."),
    "import": ("callcontrol.cli.imports", "Take over the configuration of another system."),
    "db": ("callcontrol.cli.db", "Make and upgrade the database."),
    "lab": ("callcontrol.cli.lab", "The simulated switch by itself."),
}


class LazyGroup(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command = importlib.import_module(COMMANDS[cmd_name][0]).command
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in COMMANDS.items()])


@click.command(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="callcontrol")
def command() -> None:
    """Call control for FreeSWITCH. Begin with: callcontrol demo"""
    # What the parts log is for those who serve (run, admin); a command that looks says what counts in its own words.
    logging.getLogger("callcontrol").addHandler(logging.NullHandler())
