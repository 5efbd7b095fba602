"""The flow of the tests that sends callers into a conference."""

from callcontrol.flow import AskDigits, Conference, Flow, HangUp, Number, Play, Text, YesNo, words


class Meeting(Flow):
    title = words(zh="会议", en="Meeting")
    start = "room"
    rescue = "sorry"

    name_of_room = Text(default="weekly", help=words(zh="会议室", en="The room"))
    pin = Text(default="", help=words(zh="密码", en="PIN; empty: none"))
    listens = YesNo(default=False, help=words(zh="只听", en="Only listens"))
    most = Number(default=0, minimum=0, maximum=100, help=words(zh="人数上限", en="At most so many; 0: no limit"))

    room = Conference(
        name_of_room, pin=pin, muted=listens, most=most, left="after", ended="over", refused="refused", failed="failed"
    )
    after = AskDigits("survey.attitude", remember="more", then="end", silence="end", max_digits=1, timeout_s=8, tries=1)
    over = Play("goodbye", then="end")
    refused = Play("hotline.full", then="end")
    failed = Play("hotline.nobody", then="end")
    sorry = Play("rescue.sorry", then="end")
    end = HangUp()
