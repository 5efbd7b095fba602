"""Queues and agents: the draft, its problems and differences, publishing and rolling back."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from callcontrol.admin.security import needs

pages = Blueprint("rules", __name__)


@pages.get("/rules")
@needs("manager")
def page() -> ResponseReturnValue:
    return render_template("rules.html")
