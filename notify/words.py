"""The words of each language in which messages are written, and text from outside made to fit among them."""

from dataclasses import dataclass

from notify import figures


@dataclass(frozen=True, slots=True)
class Words:
    """One language's words.

    rules       rule → its short name, and what holds where its evidence names nothing
    quantities  the wire contract's name of a quantity → what people call it
    figures     name of a value in evidence, without its unit → what people call it
    beyond      side of a limit → a value that is on that side of it
    within      side of a limit → a value that has come back, but not far enough to end the alarm
    """

    severity: dict[int, str]
    returned: str
    rules: dict[str, tuple[str, str]]
    title: str
    repeat: str
    since: str
    since_now: str
    over: str
    over_at_once: str
    unfiled: str
    subject: str
    reason: str
    late: str
    running: str
    stopped: str
    starts_at: str
    comma: str
    more: str
    beyond: dict[str, str]
    within: dict[str, str]
    quantities: dict[str, str]
    figures: dict[str, str]
    minutes: str


LANGUAGES: dict[str, Words] = {
    "zh": Words(
        severity={1: "预警", 2: "报警", 3: "严重"},
        returned="恢复",
        rules={
            "interlock": ("治污停运", "产污设施在运行，治污设施未运行"),
            "late-start": ("治污滞后启动", "产污设施已启动，治污设施未按时启动"),
            "early-stop": ("治污提前关闭", "产污设施停止之前，治污设施已关闭"),
            "idling": ("治污低负荷", "治污设施在运行，功率远低于正常水平"),
            "intermittent": ("治污时开时停", "产污设施运行期间，治污设施时开时停"),
            "threshold": ("越限", "测量值超出设定限值"),
            "stop-order": ("停产违规", "停产期间仍有生产用电"),
            "limit-order": ("限产违规", "产污用电超出限产允许的电量"),
            "window-order": ("禁产时段生产", "在禁止生产的时段内，产污设施在运行"),
            "balance": ("总分不平", "总进线与分表之和的差额异常"),
            "silent": ("电表离线", "电表停止上报数据"),
            "power-cut": ("停电", "企业的电表同时停止上报"),
            "phase": ("缺相", "某相电压或电流缺失"),
            "reversed-ct": ("互感器反接", "电表功率持续为负，互感器可能反接"),
            "tamper": ("疑似篡改", "电表数据出现不合常理的变化，须现场核实"),
            "contradiction": ("申报不符", "申报停产期间，产污设施在运行"),
        },
        title="【{level}】{enterprise} {rule}",
        repeat="（重发）",
        since="{since} 起，至 {at} 已 {minutes} 分钟",
        since_now="{since} 起",
        over="{since} 起，{at} 恢复正常，历时 {minutes} 分钟",
        over_at_once="{since} 起，{at} 恢复正常",
        unfiled="无报备",
        subject="对象：{subject}",
        reason="依据：{reason}",
        late="迟发：事件发生在 {minutes} 分钟前",
        running="在运行：{facilities}",
        stopped="未运行：{facilities}",
        starts_at="（启动阈值 {on}）",
        comma="、",
        more=" 等 {count} 台",
        beyond={
            "above": "{meter} {quantity} {value}，高于限值 {limit}",
            "below": "{meter} {quantity} {value}，低于限值 {limit}",
        },
        within={
            "above": "{meter} {quantity} {value}（上限 {limit}）",
            "below": "{meter} {quantity} {value}（下限 {limit}）",
        },
        quantities={
            "p": "有功功率",
            "ep": "电能底数",
            "q": "无功功率",
            "pf": "功率因数",
            "ua": "A 相电压",
            "ub": "B 相电压",
            "uc": "C 相电压",
            "ia": "A 相电流",
            "ib": "B 相电流",
            "ic": "C 相电流",
            "f": "频率",
        },
        figures=figures.CHINESE,
        minutes="{n} 分钟",
    ),
    "en": Words(
        severity={1: "PRE-WARNING", 2: "ALARM", 3: "CRITICAL"},
        returned="BACK TO NORMAL",
        rules={
            "interlock": ("treatment off", "Production runs, treatment does not run"),
            "late-start": ("treatment late", "Production started, treatment did not start in time"),
            "early-stop": ("treatment stopped early", "Treatment stopped before production had"),
            "idling": ("treatment idling", "Treatment runs far below its normal power"),
            "intermittent": ("treatment on and off", "Treatment is switched on and off while production runs"),
            "threshold": ("limit crossed", "A measured value is outside its limit"),
            "stop-order": ("stop order broken", "Production takes energy while it is to stand"),
            "limit-order": ("limit order broken", "Production takes more energy than its order allows"),
            "window-order": ("forbidden hours", "Production runs in hours in which an order forbids it"),
            "balance": ("feeder and meters differ", "The feeder and the sum of its sub-meters differ unusually"),
            "silent": ("meter silent", "A meter stopped sending"),
            "power-cut": ("power cut", "All meters of the enterprise fell silent together"),
            "phase": ("phase fault", "A phase lost its voltage or current"),
            "reversed-ct": ("reversed CT", "A meter shows power flowing backwards"),
            "tamper": (
                "suspected tampering",
                "A meter's figures changed as they can't by themselves",
            ),
            "contradiction": ("filing contradicted", "Production runs during a shutdown that was filed"),
        },
        title="[{level}] {enterprise}: {rule}",
        repeat=" (repeat)",
        since="Since {since}, {minutes} min by {at}",
        since_now="Since {since}",
        over="From {since} to {at}, {minutes} min",
        over_at_once="From {since} to {at}",
        unfiled="No filing covers it",
        subject="Where: {subject}",
        reason="Why: {reason}",
        late="Told late: this happened {minutes} min ago",
        running="Running: {facilities}",
        stopped="Not running: {facilities}",
        starts_at=" (on above {on})",
        comma=", ",
        more=" and others, {count} in all",
        beyond={
            "above": "{meter} {quantity} {value}, above the limit of {limit}",
            "below": "{meter} {quantity} {value}, below the limit of {limit}",
        },
        within={
            "above": "{meter} {quantity} {value} (upper limit {limit})",
            "below": "{meter} {quantity} {value} (lower limit {limit})",
        },
        quantities={
            "p": "active power",
            "ep": "energy register",
            "q": "reactive power",
            "pf": "power factor",
            "ua": "phase A voltage",
            "ub": "phase B voltage",
            "uc": "phase C voltage",
            "ia": "phase A current",
            "ib": "phase B current",
            "ic": "phase C current",
            "f": "frequency",
        },
        figures=figures.ENGLISH,
        minutes="{n} min",
    ),
}


def one_line(text: str, limit: int) -> str:
    """Text from outside on one line: a line break in a name must not become a header of an e-mail."""
    flat = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return flat if len(flat) <= limit else flat[: limit - 1] + "…"
