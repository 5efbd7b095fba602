"""The only room that knows FreeSWITCH: the event socket, calls that the dialplan hands us, agents' legs, recording, health.

Inside out: ``wire`` (bytes to frames, pure), ``gate`` (outside text made harmless), ``commands`` (what may be said),
``connection`` (one socket, on greenswitch), ``session`` and ``listener`` (a caller's call), ``inbound`` and ``control``
(everything else of one switch). What the answers mean for a call is no business of this room.

Use ``control.SwitchConnection`` and ``listener.CallListener``; nothing is imported here, so that reading a template of the switch's
configuration does not load a client.
"""
