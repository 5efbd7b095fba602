"""Wires the rooms together. With ``cli`` and ``settings`` the only place that knows every name; no rule lives here.

``parts`` opens what every process needs, ``controller`` is the process that takes calls, ``pages`` what the admin works with.
"""
