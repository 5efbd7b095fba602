"""The language of flows and its pure engine: (flow, record, event, facts) -> (record, commands, story).

Nothing here knows a switch, a queue's state or a clock: they come as events and facts, and leave as commands.
"""
