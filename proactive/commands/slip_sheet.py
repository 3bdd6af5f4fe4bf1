"""Activation slips of many people on sheets of paper: eight on a page, to cut out."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

PAGE = """\
<!doctype html>
<html lang="{lang}">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>{title}</title>
<style>
@page {{ size: A4; margin: 8mm }}
body {{ margin: 0; font: 10.5pt/1.4 "Noto Sans CJK SC", "Microsoft YaHei", sans-serif;
  display: grid; grid-template-columns: repeat(auto-fit, minmax(min(88mm, 100%), 1fr)) }}
section {{ border: 1px dashed #888; padding: 4mm 5mm; min-height: 60mm; box-sizing: border-box;
  break-inside: avoid; overflow-wrap: anywhere }}
h2 {{ font-size: 13pt; margin: 0 }}
small {{ color: #444 }}
ol {{ margin: 2mm 0; padding-left: 5mm }}
b {{ font-family: "DejaVu Sans Mono", Consolas, monospace; font-size: 14pt; letter-spacing: .08em }}
@media print {{ body {{ display: block; column-count: 2; column-gap: 0 }} }}
</style>
{slips}
</html>
"""
SLIP = {
    "zh": """\
<section lang="zh-Hans">
<h2>{name}</h2><small>{place}</small>
<ol>
<li>在手机浏览器中打开：<br>{address}</li>
<li>输入启用码：<br><b>{code}</b></li>
<li>自己定一个六位数字密码，不要告诉任何人。</li>
<li>在浏览器菜单中选择“添加到主屏幕”。</li>
</ol>
<small>仅限使用一次，有效期至{until}。遗失请联系县里，申请新单后本单失效。</small>
</section>""",
    "en": """\
<section lang="en">
<h2>{name}</h2><small>{place}</small>
<ol>
<li>Open this address in the phone’s browser:<br>{address}</li>
<li>Type in this code:<br><b>{code}</b></li>
<li>Choose six digits as your PIN. Tell them to nobody.</li>
<li>Choose “Add to home screen” in the browser’s menu.</li>
</ol>
<small>Valid once, until {until}. If it is lost, ask your county for a new one.</small>
</section>""",
}
TITLES = {"zh": "启用单", "en": "Slips"}


@dataclass(frozen=True, slots=True)
class SheetSlip:
    """One slip as it is printed; `language` is the person's own."""

    name: str
    place: str
    code: str
    until: str
    language: str


def sheet(slips: Sequence[SheetSlip], address: str, language: str) -> str:
    """Return the sheets as one HTML page; `address` is where the code is typed in."""
    cut = "\n".join(
        SLIP[one.language].format(
            name=escape(one.name),
            place=escape(one.place),
            address=escape(address),
            code=escape(one.code),
            until=escape(one.until),
        )
        for one in slips
    )
    return PAGE.format(lang=language, title=TITLES[language], slips=cut)
