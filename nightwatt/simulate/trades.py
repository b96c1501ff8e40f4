"""Trades, places and names of the invented city. No enterprise here exists; the places do."""

from dataclasses import dataclass

from core.registry import Shift

DAY, TWO, THREE, CONTINUOUS = Shift.DAY, Shift.TWO, Shift.THREE, Shift.CONTINUOUS


@dataclass(frozen=True, slots=True)
class Trade:
    """What a kind of enterprise makes, with what, and what it must treat.

    industry   class of GB/T 4754-2017
    machines   names of production facilities; a second line or machine takes the second
    stages     (stage, name of its facility), the first is always there
    size_kw    least and greatest rated power of production
    process    how its load moves: "steady", "batch" or "kiln"
    """

    noun: str
    industry: str
    pollutants: str
    machines: tuple[str, str]
    stages: tuple[tuple[str, str], tuple[str, str]]
    size_kw: tuple[float, float]
    shifts: tuple[Shift, ...]
    process: str


@dataclass(frozen=True, slots=True)
class District:
    """A part of the city: its administrative code, centre, townships, trades and share of the enterprises."""

    name: str
    code: str
    lon: float
    lat: float
    townships: tuple[str, ...]
    trades: tuple[str, ...]
    enterprises: int


DUST, SULPHUR = ("除尘", "布袋除尘风机"), ("脱硫", "脱硫循环泵")
VOC, MIST = ("废气治理", "活性炭吸附风机"), ("漆雾处理", "水帘循环泵")
WATER, SLUDGE = ("污水处理", "曝气风机"), ("污泥脱水", "板框压滤机")
ACID = ("酸雾处理", "酸雾洗涤塔风机")

TRADES = {
    "smelting": Trade(
        "冶炼", "3212", "颗粒物,二氧化硫", ("熔炼炉", "精炼炉"), (DUST, SULPHUR), (900, 3200), (CONTINUOUS,), "kiln"
    ),
    "chemicals": Trade(
        "化工", "2614", "挥发性有机物", ("反应釜", "精馏塔"), (VOC, WATER), (350, 1500), (CONTINUOUS, THREE), "batch"
    ),
    "cement": Trade(
        "水泥", "3011", "颗粒物", ("回转窑", "水泥磨"), (DUST, SULPHUR), (900, 2600), (CONTINUOUS, THREE), "kiln"
    ),
    "waste water": Trade(
        "水务", "4620", "化学需氧量,氨氮", ("提升泵", "加药系统"), (WATER, SLUDGE), (120, 420), (CONTINUOUS,), "steady"
    ),
    "ceramics": Trade(
        "瓷业",
        "3074",
        "颗粒物,二氧化硫",
        ("隧道窑", "辊道窑"),
        (DUST, SULPHUR),
        (180, 900),
        (CONTINUOUS, THREE, TWO),
        "kiln",
    ),
    "printing": Trade(
        "印务", "2319", "挥发性有机物", ("凹版印刷机", "复合机"), (VOC, WATER), (60, 260), (DAY, TWO), "batch"
    ),
    "machining": Trade(
        "机械", "3484", "颗粒物,油雾", ("加工中心", "抛丸机"), (DUST, MIST), (80, 420), (DAY, TWO), "batch"
    ),
    "plating": Trade(
        "表面处理", "3360", "酸雾,重金属", ("电镀线", "阳极氧化线"), (ACID, WATER), (150, 600), (TWO, THREE), "steady"
    ),
    "food": Trade(
        "食品", "1353", "化学需氧量,油烟", ("蒸煮线", "冷冻机组"), (WATER, SLUDGE), (70, 320), (DAY, TWO), "batch"
    ),
    "furniture": Trade(
        "家居", "2110", "挥发性有机物", ("喷漆房", "烘干房"), (VOC, MIST), (60, 280), (DAY, TWO), "steady"
    ),
    "dyeing": Trade(
        "印染", "1713", "化学需氧量", ("染色机", "定型机"), (WATER, SLUDGE), (160, 700), (TWO, THREE), "batch"
    ),
    "alloy": Trade(
        "合金", "3240", "颗粒物", ("烧结炉", "混料球磨机"), (DUST, ACID), (200, 900), (THREE, CONTINUOUS), "kiln"
    ),
    "rubber": Trade(
        "橡塑", "2912", "挥发性有机物", ("密炼机", "硫化机"), (VOC, DUST), (120, 520), (TWO, THREE), "batch"
    ),
    "bricks": Trade("建材", "3031", "颗粒物", ("制砖机", "搅拌站"), (DUST, SULPHUR), (110, 480), (DAY, TWO), "steady"),
}

DISTRICTS = (
    District(
        "石峰区",
        "430204",
        113.118,
        27.877,
        ("清水塘街道", "响石岭街道", "铜塘湾街道", "田心街道", "井龙街道"),
        ("smelting", "chemicals", "cement", "waste water"),
        18,
    ),
    District(
        "醴陵市",
        "430281",
        113.497,
        27.646,
        ("阳三石街道", "国瓷街道", "来龙门街道", "白兔潭镇", "浦口镇", "泗汾镇"),
        ("ceramics", "ceramics", "printing", "ceramics", "bricks"),
        15,
    ),
    District(
        "天元区",
        "430211",
        113.082,
        27.827,
        ("栗雨街道", "泰山路街道", "嵩山路街道", "马家河街道", "群丰镇"),
        ("machining", "plating", "food", "furniture", "chemicals"),
        16,
    ),
    District(
        "芦淞区",
        "430203",
        113.152,
        27.785,
        ("龙泉街道", "建设街道", "贺家土街道", "庆云街道", "白关镇"),
        ("dyeing", "furniture", "machining", "printing"),
        15,
    ),
    District(
        "荷塘区",
        "430202",
        113.173,
        27.856,
        ("宋家桥街道", "月塘街道", "桂花街道", "茨菇塘街道", "仙庾镇"),
        ("alloy", "machining", "rubber", "printing"),
        13,
    ),
    District(
        "渌口区",
        "430212",
        113.144,
        27.699,
        ("渌口镇", "南洲镇", "龙船镇", "淦田镇", "朱亭镇"),
        ("bricks", "food", "furniture", "rubber", "waste water"),
        11,
    ),
)

FIRST_CHARACTERS = "澄霁砚棠岚筠沅桐榆霖穗韶"
SECOND_CHARACTERS = "岭原川屿陌汀溪峤畈塬"
SURNAMES = "陈李刘王张周黄吴徐孙胡朱"
GIVEN_NAMES = ("建国", "志强", "海燕", "晓明", "丽华", "国平", "文斌", "红梅", "立新", "春林")
OFFICERS = {
    d.name: f"{d.name}分局 {name}"
    for d, name in zip(DISTRICTS, ("唐工", "易工", "罗工", "谭工", "贺工", "言工"), strict=True)
}
