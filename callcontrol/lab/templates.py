"""What a channel of a real switch carries before anybody touched it: the headers and variables that the lab's channels begin
with, so that events have the size and the shape of real ones. Names and values as recorded; ``{...}`` is filled per channel."""

from __future__ import annotations

VERSION = "1.10.12-release+git~20240802T210227Z~a88d069d6f~64bit"

_SDP = (
    "v=0\r\no=FreeSWITCH 1795265388 1795265389 IN IP4 127.0.0.1\r\ns=FreeSWITCH\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
    "m=audio 25076 RTP/AVP 0 101 13\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:101 telephone-event/8000\r\n"
    "a=fmtp:101 0-15\r\na=rtpmap:13 CN/8000\r\na=ptime:20\r\n"
)

_ALLOW = "INVITE, ACK, BYE, CANCEL, OPTIONS, MESSAGE, INFO, UPDATE, REGISTER, REFER, NOTIFY"

CODEC_HEADERS = {
    "Channel-Read-Codec-Name": "PCMU",
    "Channel-Read-Codec-Rate": "8000",
    "Channel-Read-Codec-Bit-Rate": "64000",
    "Channel-Write-Codec-Name": "PCMU",
    "Channel-Write-Codec-Rate": "8000",
    "Channel-Write-Codec-Bit-Rate": "64000",
}

TIMES = (
    "Profile-Created-Time",
    "Channel-Created-Time",
    "Channel-Answered-Time",
    "Channel-Progress-Time",
    "Channel-Progress-Media-Time",
    "Channel-Hangup-Time",
    "Channel-Transfer-Time",
    "Channel-Resurrect-Time",
    "Channel-Bridged-Time",
    "Channel-Last-Hold",
    "Channel-Hold-Accum",
)

PRIVACY = {"Screen-Bit": "true", "Privacy-Hide-Name": "false", "Privacy-Hide-Number": "false"}

MEDIA_VARIABLES = {
    "switch_r_sdp": _SDP,
    "ep_codec_string": "CORE_PCM_MODULE.PCMU@8000h@20i@64000b",
    "rtp_use_codec_string": "PCMU",
    "remote_video_media_flow": "inactive",
    "remote_text_media_flow": "inactive",
    "remote_audio_media_flow": "sendrecv",
    "audio_media_flow": "sendrecv",
    "rtp_audio_recv_pt": "0",
    "rtp_use_codec_name": "PCMU",
    "rtp_use_codec_rate": "8000",
    "rtp_use_codec_ptime": "20",
    "rtp_use_codec_channels": "1",
    "rtp_last_audio_codec_string": "PCMU@8000h@20i@1c",
    "read_codec": "PCMU",
    "original_read_codec": "PCMU",
    "read_rate": "8000",
    "original_read_rate": "8000",
    "write_codec": "PCMU",
    "write_rate": "8000",
    "dtmf_type": "rfc2833",
}

# Set when a leg is answered.
ANSWERED_VARIABLES = {
    "rtp_local_sdp_str": _SDP + "a=sendrecv\r\n",
    "local_media_ip": "127.0.0.1",
    "local_media_port": "19714",
    "advertised_media_ip": "127.0.0.1",
    "rtp_use_timer_name": "soft",
    "rtp_use_pt": "0",
    "rtp_use_ssrc": "2802277352",
    "rtp_2833_send_payload": "101",
    "rtp_2833_recv_payload": "101",
}


def inbound_variables(
    uuid: str, session: int, number: str, name: str, destination: str, channel: str
) -> dict[str, str]:
    uri = f"{number}@127.0.0.1"
    target = f"{destination}@127.0.0.1:5060"
    return {
        "direction": "inbound",
        "uuid": uuid,
        "session_id": str(session),
        "sip_from_user": number,
        "sip_from_uri": uri,
        "sip_from_host": "127.0.0.1",
        "video_media_flow": "disabled",
        "text_media_flow": "disabled",
        "channel_name": channel,
        "sip_call_id": f"{uuid[:8]}-6087-1240-5c8a-8e3eac686f9d",
        "sip_local_network_addr": "127.0.0.1",
        "sip_network_ip": "127.0.0.1",
        "sip_network_port": "5060",
        "sip_received_ip": "127.0.0.1",
        "sip_received_port": "5060",
        "sip_via_protocol": "udp",
        "sip_from_user_stripped": number,
        "sip_from_tag": uuid[-12:],
        "sofia_profile_name": "internal",
        "sofia_profile_url": "sip:mod_sofia@127.0.0.1:5060",
        "recovery_profile_name": "internal",
        "sip_Remote-Party-ID": f'"{name}" <sip:{uri}>;party=calling;screen=yes;privacy=off',
        "sip_cid_type": "rpid",
        "sip_full_via": f"SIP/2.0/UDP 127.0.0.1;rport=5060;branch=z9hG4bK{uuid[-12:]}",
        "sip_from_display": name,
        "sip_full_from": f'"{name}" <sip:{uri}>;tag={uuid[-12:]}',
        "sip_full_to": f"<sip:{target}>",
        "sip_allow": _ALLOW,
        "sip_req_user": destination,
        "sip_req_port": "5060",
        "sip_req_uri": target,
        "sip_req_host": "127.0.0.1",
        "sip_to_user": destination,
        "sip_to_port": "5060",
        "sip_to_uri": target,
        "sip_to_host": "127.0.0.1",
        "sip_contact_user": "mod_sofia",
        "sip_contact_port": "5060",
        "sip_contact_uri": "mod_sofia@127.0.0.1:5060",
        "sip_contact_host": "127.0.0.1",
        "sip_user_agent": f"FreeSWITCH-mod_sofia/{VERSION}",
        "sip_via_host": "127.0.0.1",
        "sip_via_rport": "5060",
        "max_forwards": "70",
        **MEDIA_VARIABLES,
        "endpoint_disposition": "RECEIVED",
        "call_uuid": uuid,
    }


def outbound_variables(uuid: str, session: int, number: str, user: str, address: str, channel: str) -> dict[str, str]:
    return {
        "direction": "outbound",
        "is_outbound": "true",
        "uuid": uuid,
        "session_id": str(session),
        "sip_profile_name": "internal",
        "video_media_flow": "disabled",
        "text_media_flow": "disabled",
        "channel_name": channel,
        "sip_destination_url": f"sip:{user}@{address}",
        "call_uuid": uuid,
        "originate_early_media": "true",
        "originate_endpoint": "sofia",
        "sip_outgoing_contact_uri": "<sip:mod_sofia@127.0.0.1:5060>",
        "sip_req_uri": f"{user}@{address}",
        "sofia_profile_name": "internal",
        "recovery_profile_name": "internal",
        "sofia_profile_url": "sip:mod_sofia@127.0.0.1:5060",
        "sip_local_network_addr": "127.0.0.1",
        "sip_from_user": number,
        "sip_from_uri": f"{number}@127.0.0.1",
        "sip_from_host": "127.0.0.1",
        "sip_to_user": user,
        "sip_to_uri": f"{user}@{address}",
        "sip_to_host": "127.0.0.1",
        "sip_call_id": f"{uuid[:8]}-6087-1240-5c8a-8e3eac686f9d",
    }


# What an outbound leg knows once the phone has answered the invitation.
PROGRESS_VARIABLES = {
    "sip_reply_host": "127.0.0.1",
    "sip_reply_port": "5060",
    "sip_network_ip": "127.0.0.1",
    "sip_network_port": "5060",
    "sip_user_agent": f"FreeSWITCH-mod_sofia/{VERSION}",
    "sip_allow": _ALLOW,
    "sip_contact_params": "transport=udp",
    "sip_cseq": "123091440",
    **MEDIA_VARIABLES,
}
