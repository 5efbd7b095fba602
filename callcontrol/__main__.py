"""The command ``callcontrol``. The only place where gevent patches the process, and it does so before anything else."""

from gevent import monkey

monkey.patch_all()


def main() -> None:
    from callcontrol.cli.main import command

    command()


if __name__ == "__main__":
    main()
