"""Texts in two languages, and places that speak one."""


def both_languages(data: object) -> object:
    """Return the texts of a definition: one language given alone stands for the other too."""
    if not isinstance(data, dict):
        return data
    given = {"zh" if key == "zh-CN" else key for key in data}
    if len({"en", "zh"} & given) != 1:
        return data
    only = data.get("en", data.get("zh-CN", data.get("zh")))
    return {**data, ("zh" if "en" in given else "en"): only}
