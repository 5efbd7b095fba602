"""Conducts one call: flow to switch to floor and back; recording, survey. Knows ports, never a driver."""
