"""A simulated switch that speaks the event socket on real sockets, simulated callers and phones."""
