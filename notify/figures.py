"""Values of evidence that are told on a phone: their names, and the units that the names end in."""

UNITS = {"_kwh": "kWh", "_kw": "kW", "_v": "V", "_a": "A", "_hz": "Hz"}

_ENDINGS = (*UNITS, "_share", "_s")


def stem(key: str) -> str:
    """A name without its unit: `limit_kwh` is `limit`."""
    ending = next((one for one in _ENDINGS if key.endswith(one) and len(key) > len(one)), "")
    return key.removesuffix(ending)


def unit_of(key: str) -> str:
    """The unit that a name ends in; empty where it has none."""
    return next((unit for ending, unit in UNITS.items() if f"_{key}".endswith(ending)), "")


CHINESE = {
    "power": "功率",
    "normal": "正常功率",
    "energy": "电量",
    "kwh": "电量",
    "limit": "限值",
    "allowed": "允许",
    "baseline": "基准",
    "projected": "预计",
    "used": "已用",
    "guaranteed": "保障负荷",
    "feeder": "总进线",
    "sum": "分表之和",
    "share": "占比",
    "usual": "历来比例",
    "usual_share": "历来比例",
    "on": "运行时间占比",
    "switches": "启停次数",
    "within": "启动时限",
    "ran_on": "继续运行",
    "lag": "滞后时间",
    "order": "指令",
    "contradicted_filing": "报备",
    "mean": "平均",
    "filing": "报备",
    "meter": "电表",
    "meters": "电表",
    "phase": "相别",
    "phases": "相别",
}

ENGLISH = {
    "power": "power",
    "normal": "normally",
    "energy": "energy",
    "kwh": "energy",
    "limit": "limit",
    "allowed": "allowed",
    "baseline": "baseline",
    "projected": "projected",
    "used": "used",
    "guaranteed": "granted load",
    "feeder": "feeder",
    "sum": "sum of the sub-meters",
    "share": "share",
    "usual": "usual share",
    "usual_share": "usual share",
    "on": "time on",
    "switches": "switches",
    "within": "to start within",
    "ran_on": "ran on for",
    "lag": "lag",
    "order": "order",
    "contradicted_filing": "filing",
    "mean": "mean",
    "filing": "filing",
    "meter": "meter",
    "meters": "meters",
    "phase": "phase",
    "phases": "phases",
}
