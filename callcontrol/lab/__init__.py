"""A simulated switch with simulated people, which speaks the event socket on real sockets: for tests, the demo and measurements.

``SimulatedSwitch`` listens (``connection``, ``subscription``, ``wire``) and calls controllers (``outbound_socket``); its legs
(``channel``) live by ``life`` and ``applications``, are made by ``call()`` or ``originate``, asked by ``api``. ``phones`` and
``callers`` are scripted by a test, ``crowd`` lets them act by themselves. Time is the ``clock``'s. What it does, it does because a
real switch was seen to do it: ``tests/lab`` replays the recorded transcripts against it. Nothing of the product may import this.

    with SimulatedSwitch(dialplan=hotline_dialplan("127.0.0.1:8084"), speed=10) as switch:
        switch.phone("1001").answers_after(2)
        caller = switch.call("4001", number="13800001111")
        caller.wait_for(lambda c: c.hears_now)
        caller.press("1")
"""
