"""Flask: pages, the live stream. Works with the services it is handed, never with a driver."""
