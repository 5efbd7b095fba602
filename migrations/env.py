"""How alembic reaches the database: by the connection that ``callcontrol.store.migrate`` hands over. For writing a new step:
``alembic -c migrations/alembic.ini -x url=sqlite:///scratch.db revision --autogenerate --rev-id 0002 -m "What it does"``."""

from alembic import context
from alembic.runtime.migration import MigrationInfo
from sqlalchemy import Connection

from callcontrol.store.database import make_engine, read_url
from callcontrol.store.schema import metadata

attributes = context.config.attributes


def migrate(connection: Connection) -> None:
    progress = attributes.get("progress")

    def applied(*, step: MigrationInfo, **_rest: object) -> None:
        if progress is not None:
            script = step.up_revision
            progress(f"{'up to' if step.is_upgrade else 'down from'} {script.revision}: {script.doc}")

    context.configure(
        connection=connection,
        target_metadata=metadata,
        render_as_batch=True,
        transactional_ddl=True,
        on_version_apply=applied,
    )
    with context.begin_transaction():
        context.run_migrations()


if attributes.get("connection") is not None:
    migrate(attributes["connection"])
else:
    engine = make_engine(read_url(context.get_x_argument(as_dictionary=True)["url"]), enforce_keys=False)
    with engine.begin() as own:
        migrate(own)
