"""How names, numbers and phones are shown to those who need not see them whole."""


def mask_name(name: str) -> str:
    """Keep the first character only: 王小明 becomes 王**."""
    return name[:1] + "*" * max(len(name) - 1, 1) if name else ""


def mask_id(number: str) -> str:
    """Keep the last two characters; fewer than six are hidden whole."""
    return "*" * len(number) if len(number) < 6 else "*" * (len(number) - 2) + number[-2:]


def mask_phone(number: str) -> str:
    """Keep the last four digits; fewer than eight are hidden whole."""
    return "*" * len(number) if len(number) < 8 else "*" * (len(number) - 4) + number[-4:]
