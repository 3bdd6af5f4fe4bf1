"""What the story calls things, in both languages, where the code only has a code."""

from proactive.kernel.needs import NEED_NAMES, Need

POSTS = {
    "coordinator": ("village coordinators", "村协理员"),
    "town_desk": ("town desks", "镇街窗口"),
    "county_desk": ("county desk", "县级窗口"),
    "enterprise_desk": ("enterprise desk", "企业服务窗口"),
}
ITEM_STATES = {
    "waiting": ("waiting", "等待"),
    "ready": ("can begin", "可办理"),
    "submitted": ("handed in", "已提交"),
    "accepted": ("accepted", "已受理"),
    "accepted_lenient": ("accepted leniently", "容缺受理"),
    "suspended": ("waits for the person", "待补充"),
    "granted": ("granted", "已准予"),
    "delivered": ("delivered", "已送达"),
    "refused": ("refused", "不予办理"),
    "returned": ("returned", "退回"),
    "blocked": ("blocked", "受阻"),
    "withdrawn": ("withdrawn", "已撤回"),
    "cancelled": ("called off", "已终止"),
}


def in_words(code: str, table: dict[str, tuple[str, str]]) -> tuple[str, str]:
    """Return the English and the Chinese word of a code, the code itself where there is none."""
    return table.get(code, (code, code))


def need_in_words(need: str) -> tuple[str, str]:
    """Return what a need is called."""
    names = NEED_NAMES[Need(need)]
    return names["en"], names["zh"]
