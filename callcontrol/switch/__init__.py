"""The only room that knows FreeSWITCH: wire, connections, call sessions, agents' legs. Everything else sees ``ports.switch``."""
