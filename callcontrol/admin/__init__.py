"""The pages of supervisors and agents: the live floor, the draft and its releases, calls, changes, flows.

A Flask app over the ``services`` it is handed; no driver, no SQL, no switch. What a page says in words is in ``words``,
what a role may see is decided by ``security.needs`` alone.
"""
