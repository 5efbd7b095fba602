"""Outside parties, a voice agent, a service and known callers, for rehearsing the pages."""

from __future__ import annotations

from typing import Any

from callcontrol.values.configuration import Service, Target, VoiceAgent
from callcontrol.values.listed_callers import ListedCaller
from callcontrol.values.numbers import masked, number_key

SECRET = b"rehearsal"


def named_parts() -> dict[str, Any]:
    """Keyword arguments of a ``Configuration``."""
    return {
        "targets": {
            "reception": Target("reception", {"zh": "前台", "en": "Reception"}, number="02155550100"),
            "doctor": Target("doctor", {"zh": "值班医生", "en": "Doctor on duty"}, contact="sofia/gateway/trunk/5501"),
        },
        "voice_agents": {
            "bot": VoiceAgent("bot", "sofia/gateway/voicebot/agent", context=("account", "topic"), facts=("solved",))
        },
        "services": {
            "accounts": Service(
                "accounts",
                "https://crm.example/accounts/{account}",
                headers={"Authorization": "env:CRM_TOKEN", "X-Api-Key": "not for your eyes"},
                answers={"balance": "account.balance"},
            )
        },
        "callers": {
            key: ListedCaller(key, masked(number), label, vip, blocked, language)
            for number, label, vip, blocked, language in (
                ("13800138000", "张总", 5, False, "zh"),
                ("441632960961", "Anna Smith", 0, False, "en"),
                ("13900139000", "", 0, True, ""),
            )
            if (key := number_key(number, SECRET))
        },
    }
