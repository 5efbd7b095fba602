"""``callcontrol doctor``: what is missing or dangerous on this machine and on the switch, each with its remedy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from callcontrol.cli.common import Settings, pass_settings, print_json

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from callcontrol.values.configuration import Configuration
    from callcontrol.values.finding import Finding

SIGNS = {"fine": "✓", "hint": "·", "unknown": "?", "missing": "✗", "dangerous": "!"}


@click.command()
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@click.option("--no-switch", is_flag=True, help="Look at this machine only.")
@pass_settings
def command(settings: Settings, as_json: bool, no_switch: bool) -> None:
    """What is missing or dangerous here, with the remedy. Exit status 1 if anything is.

    \b
    Example:
      callcontrol doctor
      callcontrol doctor --json --data /var/lib/callcontrol
    """
    findings = examine(settings, no_switch=no_switch)
    bad = [finding for finding in findings if finding.bad]
    if as_json:
        rows = [{"check": f.check, "grade": f.grade.value, "says": f.says, "remedy": f.remedy} for f in findings]
        print_json({"ok": not bad, "findings": rows})
    else:
        for finding in findings:
            click.echo(f"{SIGNS[finding.grade]} {finding.check}: {finding.says}")
            if finding.remedy:
                click.echo(f"    -> {finding.remedy}")
        click.echo(f"\n{_sum(findings)}")
    if bad:
        raise SystemExit(1)


def examine(settings: Settings, *, no_switch: bool = False) -> list[Finding]:
    """Every look, each for itself: one that breaks is a finding and hides no other."""
    from callcontrol.cli.doctor_machine import looks

    configuration, findings = _configuration(settings)
    for check, look in looks(settings, configuration):
        findings += _looked(check, look)
    if not no_switch:
        findings += _looked("switch", lambda: iter(_switch(settings, configuration)))
    return findings


def _looked(check: str, look: Callable[[], Iterator[Finding]]) -> list[Finding]:
    from callcontrol.values.finding import unknown

    found: list[Finding] = []
    try:
        found.extend(look())
    except Exception as error:  # whatever breaks here is itself what the person must know
        found.append(unknown(check, f"Could not be looked at: {type(error).__name__}: {error}", "Please report it."))
    return found


def _switch(settings: Settings, configuration: Configuration | None) -> list[Finding]:
    from callcontrol.switch.examination import Expected, examine
    from callcontrol.values.configuration import phones_of

    return examine(
        settings.switch_host,
        settings.switch_port,
        settings.effective_switch_password,
        Expected(
            controllers=[f"{settings.listen_host}:{settings.listen_port}"],
            entries=sorted(configuration.entries) if configuration else [],
            phones=phones_of(configuration) if configuration else [],
            sounds_dir=str(settings.sounds_dir),
        ),
    )


def _configuration(settings: Settings) -> tuple[Configuration | None, list[Finding]]:
    """What is published; before the first start, what would be."""
    from callcontrol.ports.store import StoreUnavailable
    from callcontrol.store import migrate
    from callcontrol.store.store import open_store
    from callcontrol.values.finding import missing

    url = settings.effective_database_url
    try:
        if migrate.current(url) is not None:
            store = open_store(url)
            try:
                release = store.releases.current()
            finally:
                store.close()
            if release is not None:
                return release.configuration, []
    except StoreUnavailable:
        pass  # the look at the database tells it
    from callcontrol.bootstrap.parts import StartError, configuration_check, read_configuration_file

    try:
        configuration = read_configuration_file(settings)
    except StartError as error:
        return None, [missing("configuration", str(error), "Correct it, then look again.")]
    wrong = [problem for problem in configuration_check(settings)(configuration) if problem.fatal]
    says = f"{settings.configuration} can't be published: "
    return configuration, [
        missing("configuration", f"{says}{problem}", "Correct it, then look again.") for problem in wrong
    ]


def _sum(findings: list[Any]) -> str:
    bad = sum(finding.bad for finding in findings)
    unseen = sum(finding.grade == "unknown" for finding in findings)
    parts = [f"{bad} thing{'s' if bad != 1 else ''} to mend" if bad else "Nothing is missing or dangerous"]
    if unseen:
        parts.append(f"{unseen} could not be looked at")
    return ", ".join(parts) + "."
