"""A real FreeSWITCH with real SIP legs on loopback. Every statement about the switch that the code relies on is a test here."""
