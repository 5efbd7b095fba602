"""After the talk: how was it? Attitude, speed and correctness, 1 to 5 each, as a part of any flow. Skipping is an answer.

    survey = Sub(Satisfaction, returns={"told": "goodbye", "skipped": "goodbye"})

The marks are stored with the call, its queue and its agent: lead to it from ``after_talk`` of a ``Queue``.
"""

from callcontrol.flow import Call, Flow, Play, Return, Seconds, Survey, YesNo, choice, words


class Satisfaction(Flow, abstract=True):
    """Ends with ``told`` (at least one mark was given) or ``skipped`` (none was, or nobody is asked)."""

    name = "satisfaction"
    title = words(zh="满意度调查", en="Satisfaction survey")
    start = "wanted"
    rescue = "skipped"

    survey_on = YesNo(
        default=True,
        help=words(zh="通话后是否请来电者评价", en="Whether callers are asked how it was"),
    )
    menu_timeout = Seconds(
        default=5,
        minimum=1,
        maximum=60,
        help=words(zh="等待按键的时间", en="How long a menu waits for a key"),
    )

    @choice("questions", "skipped")
    def wanted(self, call: Call) -> str:
        return "questions" if self.survey_on else "skipped"

    questions = Survey(
        intro="survey.intro",
        questions={
            "attitude": "survey.attitude",
            "speed": "survey.speed",
            "correctness": "survey.correctness",
        },
        on_wrong="survey.wrong",
        timeout_s=menu_timeout,
        then="any_mark",
    )

    @choice("thanks", "skipped")
    def any_mark(self, call: Call) -> str:
        """Whoever told us nothing is not thanked for telling us."""
        return "thanks" if any(call.context["survey"].values()) else "skipped"

    thanks = Play("survey.thanks", then="told")
    told = Return("told")
    skipped = Return("skipped")
