"""The command ``callcontrol``. The only place where gevent patches the process, and it does so before anything else.

Not what starts other programs: gevent would fork and run Python between fork and exec, where a process with native threads can
get stuck for ever (a lock held by a thread that the child does not have). Python's own ``subprocess`` runs none there, and waits
cooperatively all the same, given a timeout.
"""

from gevent import monkey

monkey.patch_all(os=False, signal=False, subprocess=False)


def main() -> None:
    from callcontrol.cli.main import command

    command()


if __name__ == "__main__":
    main()
