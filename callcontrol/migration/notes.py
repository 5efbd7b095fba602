"""What a migration says: each thing that was decided, changed or has no equal, with its line, in both languages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Kind(StrEnum):
    DECIDED = "decided"  # taken over in another form, or by a choice that one may want to change
    NO_EQUAL = "no_equal"  # not taken over
    WRONG = "wrong"  # could not be understood; left out


KINDS: Mapping[Kind, Mapping[str, str]] = {
    Kind.DECIDED: {"en": "decided", "zh": "已决定"},
    Kind.NO_EQUAL: {"en": "has no equal", "zh": "无对应项"},
    Kind.WRONG: {"en": "wrong", "zh": "有误"},
}

# key -> (kind, English, Chinese)
SENTENCES: Mapping[str, tuple[Kind, str, str]] = {
    # names
    "renamed": (Kind.DECIDED, "is named {to} here: a name is small letters, digits, - and _.", "在此命名为 {to}：名称只能由小写字母、数字、- 和 _ 组成。"),
    "twice": (Kind.WRONG, "stands here a second time; the first one counts.", "重复出现，以第一个为准。"),
    "nameless": (Kind.WRONG, "has no name and is left out.", "没有名称，已略去。"),
    # queues
    "strategy_unknown": (Kind.DECIDED, "is no strategy; mod_callcenter went by level and position then, so this is top_down.", "不是有效策略；mod_callcenter 会按级别和位置处理，因此这里为 top_down。"),
    "strategy_same": (Kind.DECIDED, "is {to} here.", "在此对应 {to}。"),
    "wait_for_ever": (Kind.DECIDED, "callers waited for ever; here at most {to} seconds. The flow says what then.", "原来可无限等待；这里最多 {to} 秒，之后由流程决定。"),
    "wait_too_long": (Kind.DECIDED, "is more than may be; {to} seconds are taken.", "超过上限，取 {to} 秒。"),
    "patience_shorter": (Kind.DECIDED, "is shorter than one period of waiting, which becomes {to} seconds.", "短于一轮等待，一轮等待改为 {to} 秒。"),
    "no_agent_wait": (Kind.NO_EQUAL, "nobody waits here for agents who are not logged in: the flow's branch “nobody” is taken at once.", "这里不会等待未签入的坐席：立即走流程的“nobody”分支。"),
    "level_1_waits": (Kind.DECIDED, "with these rules the first level waited {to} seconds, too; here it is offered at once.", "按原规则第一级也要等待 {to} 秒；这里立即分配。"),
    "tier_steps": (Kind.DECIDED, "levels become steps of relaxation: {to}.", "级别转为逐步放宽：{to}。"),
    "tier_free": (Kind.DECIDED, "the levels were an order of preference; here the agents of levels {to} may answer while nobody of the first is free.", "级别原为优先顺序；这里仅当第一级无人空闲时，级别 {to} 的坐席可接听。"),
    "tier_levels_merged": (Kind.DECIDED, "has more than ten levels; those from {to} on are one.", "级别超过十个；从 {to} 起合并为一个。"),
    "no_agent_no_wait": (Kind.NO_EQUAL, "a level for which nobody is logged in is always passed at once here.", "这里无人签入的级别总是立即跳过。"),
    "music": (Kind.NO_EQUAL, "music is what the flow's queue step plays; put the file there.", "等待音乐由流程的队列步骤指定，请在流程中设置。"),
    "announce": (Kind.NO_EQUAL, "a sound every few seconds: position and estimate can be spoken, or the flow says it before the queue.", "定时播放的声音：可改为播报位置和预计等待，或由流程在进入队列前播放。"),
    "recorded": (Kind.DECIDED, "talks are recorded, in two channels; where and under which name is ours to say.", "通话会双声道录音；位置和文件名由本系统决定。"),
    "not_recorded": (Kind.DECIDED, "without a record-template talks were not recorded, and are not here.", "没有 record-template 时不录音，这里也不录音。"),
    "base_system": (Kind.NO_EQUAL, "time before the queue counted for the place in it; here the first joining of a queue does.", "原来进入队列前的时间也计入排序；这里从首次进入队列算起。"),
    "discard": (Kind.NO_EQUAL, "who hangs up has left. Who calls again within the time of a callback keeps the place.", "挂断即离开。若预约了回呼，再次来电会保留位置。"),
    "no_answer_status": (Kind.NO_EQUAL, "after too many misses an agent is put on break, never logged out.", "多次未接后坐席会转为小休，不会被签出。"),
    "external": (Kind.NO_EQUAL, "an agent who is in a call of their own is never rung here.", "正在自己通话中的坐席在这里不会被振铃。"),
    "unknown_param": (Kind.WRONG, "is no parameter of mod_callcenter that is known here; it is left out.", "不是已知的 mod_callcenter 参数，已略去。"),
    "no_number": (Kind.WRONG, "is no number; {to} is taken.", "不是数字，取 {to}。"),
    "no_agents": (Kind.DECIDED, "no tier names this queue: nobody could answer it until an agent has the skill {to}.", "没有坐席层级引用该队列：在有坐席具备技能 {to} 之前无人可接听。"),
    "setting": (Kind.NO_EQUAL, "is not needed: the state of the floor is kept in the journal.", "不再需要：现场状态保存在日志中。"),
    # agents
    "standby": (Kind.NO_EQUAL, "an agent's leg that stays up between calls; here {to} is called for each.", "坐席常驻通话腿；这里每次来电都呼叫 {to}。"),
    "type_unknown": (Kind.WRONG, "is no type of agent; callback is taken.", "不是有效的坐席类型，按 callback 处理。"),
    "contact_variables": (Kind.DECIDED, "variables in the contact are left out; it is {to} here.", "联系地址中的变量已略去，这里为 {to}。"),
    "contact_several": (Kind.DECIDED, "of several phones the first is taken: {to}.", "有多个话机时取第一个：{to}。"),
    "contact_guessed": (Kind.WRONG, "can't be called from here; {to} is put in its place. Correct it.", "无法从这里呼叫，暂以 {to} 代替，请更正。"),
    "contact_missing": (Kind.WRONG, "has no contact; {to} is put in its place. Correct it.", "没有联系地址，暂以 {to} 代替，请更正。"),
    "ring_time": (Kind.DECIDED, "how long to ring is of the queue here: {to} seconds.", "振铃时长在这里属于队列：{to} 秒。"),
    "status": (Kind.NO_EQUAL, "agents log in by themselves, by phone or page; nobody is logged in by a configuration.", "坐席通过话机或页面自行签入；配置不会签入任何人。"),
    "wrap_up": (Kind.DECIDED, "wrap-up is of the queue here: {to} seconds, as most of its agents had.", "话后处理在这里属于队列：{to} 秒，取其多数坐席的值。"),
    "delays": (Kind.NO_EQUAL, "the rest after a miss is 10 to 20 seconds here, doubles with each further miss and fades.", "未接后的间隔在这里为 10 到 20 秒，连续未接加倍，随后恢复。"),
    # tiers
    "tier_agent": (Kind.WRONG, "names the agent {to}, who is not in the file; it is left out.", "引用了文件中没有的坐席 {to}，已略去。"),
    "tier_queue": (Kind.WRONG, "names the queue {to}, which is not in the file; it is left out.", "引用了文件中没有的队列 {to}，已略去。"),
    "tier_twice": (Kind.WRONG, "puts the same agent into the same queue again; the first one counts.", "重复将同一坐席加入同一队列，以第一个为准。"),
    "tier_order": (Kind.DECIDED, "the place of an agent in the list is one for all queues here: {to}, the first of those given.", "坐席的列表顺序在这里对所有队列相同：{to}，取最靠前的一个。"),
    "element": (Kind.WRONG, "is no part of the configuration that is known here; it is left out.", "不是已知的配置部分，已略去。"),
    # the whole
    "entries": (Kind.NO_EQUAL, "which number leads to which queue stands in the dialplan; add entries, and choose a flow.", "号码与队列的对应关系在拨号计划中；请添加入口并选择流程。"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Note:
    """``what`` is the thing in the file (``queue support@default: strategy loudest``); ``line`` 0: the file as a whole."""

    key: str
    line: int
    what: str
    to: str = ""
    more: int = 0  # the same was said of so many others

    @property
    def kind(self) -> Kind:
        return SENTENCES[self.key][0]

    def said(self, language: str) -> str:
        sentence = SENTENCES[self.key][2 if language == "zh" else 1].format(to=self.to)
        also = {"en": f" (and {self.more} more)", "zh": f"（另有 {self.more} 处）"}[language] if self.more else ""
        return f"{sentence}{also}"


@dataclass(slots=True)
class Notes:
    """What was noted, in the order of the file. What is said of many things alike is said once, with their number."""

    found: list[Note] = field(default_factory=list)

    def add(self, key: str, line: int, what: str, to: str = "") -> None:
        self.found.append(Note(key, line, what, to))

    def told(self) -> list[Note]:
        first: dict[tuple[str, str], Note] = {}
        counts: dict[tuple[str, str], int] = {}
        for note in sorted(self.found, key=lambda n: (n.line == 0, n.line)):
            same = (note.key, note.to if note.key not in ONCE else "")
            if note.key not in ONCE:
                same = (note.key, f"{note.line} {note.what} {note.to}")
            first.setdefault(same, note)
            counts[same] = counts.get(same, 0) + 1
        return [Note(n.key, n.line, n.what, n.to, counts[same] - 1) for same, n in first.items()]


# What is said once, however many lines it is about.
ONCE = frozenset({"status", "delays", "external", "no_answer_status", "setting", "standby", "not_recorded", "recorded", "base_system", "discard", "no_agent_wait", "music"})  # fmt: skip
