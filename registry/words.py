"""The words of each closed set, English and Chinese, and what they mean. Compared without regard to case."""

from core.filing import Announced
from core.registry import Kind, Shift

Words = dict[str, object]
"""Word as written → value. The first words, in English, are those that a fault names."""

YES_NO: Words = {"yes": True, "no": False, "是": True, "否": False, "true": True, "false": False}

KINDS: Words = {
    **{kind.value: kind for kind in Kind},
    "总进线": Kind.FEEDER,
    "产污设施": Kind.PRODUCTION,
    "产污": Kind.PRODUCTION,
    "治污设施": Kind.TREATMENT,
    "治污": Kind.TREATMENT,
    "间接用电": Kind.AUXILIARY,
    "产治一体": Kind.COMBINED,
}

DUTIES: Words = {"duty": "duty", "standby": "standby", "用": "duty", "备": "standby", "主用": "duty", "备用": "standby"}

SHIFTS: Words = {
    **{shift.value: shift for shift in Shift},
    "白班": Shift.DAY,
    "单班": Shift.DAY,
    "两班": Shift.TWO,
    "两班制": Shift.TWO,
    "三班": Shift.THREE,
    "三班制": Shift.THREE,
    "连续": Shift.CONTINUOUS,
    "连续生产": Shift.CONTINUOUS,
    "夜班": Shift.NIGHT,
}

VALUES: Words = {
    "primary": "primary",
    "secondary": "secondary",
    "一次": "primary",
    "二次": "secondary",
    "一次值": "primary",
    "二次值": "secondary",
}

QUANTITIES: Words = {
    **{name: name for name in ("p", "ep", "q", "pf", "ua", "ub", "uc", "ia", "ib", "ic", "f")},
    "有功功率": "p",
    "电量": "ep",
    "无功功率": "q",
    "功率因数": "pf",
    "a相电压": "ua",
    "b相电压": "ub",
    "c相电压": "uc",
    "a相电流": "ia",
    "b相电流": "ib",
    "c相电流": "ic",
    "频率": "f",
}

SIDES: Words = {"above": "above", "below": "below", "高于": "above", "低于": "below"}

SEVERITIES: Words = {"1": 1, "2": 2, "3": 3, "预警": 1, "报警": 2, "严重": 3}

FILING_KINDS: Words = {
    "maintenance": "maintenance",
    "shutdown": "shutdown",
    "process-change": "process-change",
    "treatment-fault": "treatment-fault",
    "metering-fault": "metering-fault",
    "power-cut": "power-cut",
    "trial-run": "trial-run",
    "检修": "maintenance",
    "计划检修": "maintenance",
    "停产": "shutdown",
    "放假": "shutdown",
    "工艺变更": "process-change",
    "治污故障": "treatment-fault",
    "治污设施故障": "treatment-fault",
    "计量故障": "metering-fault",
    "停电": "power-cut",
    "试运行": "trial-run",
    "试生产": "trial-run",
}

ANNOUNCED: Words = {
    **{announced.value: announced for announced in Announced},
    "生产停": Announced.PRODUCTION_OFF,
    "停产": Announced.PRODUCTION_OFF,
    "治污停": Announced.TREATMENT_OFF,
    "停电": Announced.POWER_OFF,
    "电表停": Announced.METER_OFF,
}

STATUSES: Words = {
    "pending": "pending",
    "approved": "approved",
    "rejected": "rejected",
    "withdrawn": "withdrawn",
    "revoked": "revoked",
    "待审批": "pending",
    "待审核": "pending",
    "已批准": "approved",
    "批准": "approved",
    "通过": "approved",
    "已驳回": "rejected",
    "驳回": "rejected",
    "已撤回": "withdrawn",
    "撤回": "withdrawn",
    "已撤销": "revoked",
    "撤销": "revoked",
}

ORDER_STATUSES: Words = {"issued": "issued", "revoked": "revoked", "已下达": "issued", "已撤销": "revoked"}

ORDER_KINDS: Words = {
    "stop": "stop",
    "limit": "limit",
    "cap": "cap",
    "window": "window",
    "exempt": "exempt",
    "停产": "stop",
    "限产": "limit",
    "限负荷": "cap",
    "错峰": "window",
    "错峰生产": "window",
    "夜间禁产": "window",
    "豁免": "exempt",
}

_COLOURS = {"yellow": "黄", "orange": "橙", "red": "红"}

LEVELS: Words = {
    **{level: level for level in _COLOURS},
    **{f"{colour}{end}": level for level, colour in _COLOURS.items() for end in ("", "色", "色预警")},
}
