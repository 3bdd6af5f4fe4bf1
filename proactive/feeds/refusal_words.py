"""The Chinese words of a refused delivery, for the office that must send it again."""

from __future__ import annotations

import re

from proactive.kernel.errors import Refused

SENTENCES = {
    "not_a_table": "{file} 未收：不是可读的表格。{why}"
    "请交付 CSV（UTF-8 或 GB18030）、XLSX 或 Parquet，可压缩为 .gz。",
    "wrong_encoding": "{file} 未收：无法按 {tried} 读取文字。{why}"
    "请部门改用 UTF-8 或 GB18030，或注明所用编码。",
    "mis_decoded": "{file} 未收：到达之前文字已被错误解码。{why}"
    "请部门重新导出（UTF-8 或 GB18030）。",
    "truncated": "{file} 未收：文件不完整，未入库任何内容。{why}"
    "请重新传送，或附上清单文件（文件名.manifest.json）。",
    "too_large": "{file} 未收：超过一次交付的上限。{why}请分批交付；每批只计一次，先后不限。",
    "columns": "{file} 未收：列与数据契约不符。{why}请更正表头，或附上字段映射文件。",
    "unit_shift": "{file} 未收：“{field}”的单位似有变化：此前中位金额 {before} 元，本次 {now} 元。"
    "请与部门核对单位（元、分、万元）；指名的管理员可以确认放行。",
    "bad_manifest": "清单 {file} 无法读取：应为 JSON，含 rows（行数）和 sha256（64 位十六进制）。"
    "请更正或去掉。",
    "unknown_encoding": "没有名为“{name}”的文字编码。请用 utf-8 或 gb18030。",
    "unknown_feed": "没有名为“{feed}”的数据源。",
    "no_mapping": "没有名为“{mapping}”的字段映射；现有：{known}。",
    "bad_mapping": "字段映射有误，请按所列逐条更正：{mistakes}",
    "bad_how": "读取说明有误，可写 mapping、encoding、history：{mistakes}",
    "bad_records": "记录有误：{reason}。应为 JSON 数组，每条是字段名与值的对象。",
    "no_file": "没有文件 {file}。请核对文件名。",
    "needs_a_person": "只有指名的工作人员可以确认单位无误。",
}
# English reason (a pattern of the whole) → Chinese; \1, \2 are what stands in the brackets.
REASONS = (
    (r"The file is empty\.", r"文件是空的。"),
    (r"It has (\d+) rows; its manifest says (\d+)\.", r"文件有 \1 行，清单称 \2 行。"),
    (r"Its SHA-256 is not the one in its manifest\.", r"其 SHA-256 与清单不符。"),
    (r"It has (\d+) MiB; (\d+) are allowed\.", r"文件 \1 MiB，上限 \2 MiB。"),
    (r"Unpacked it has (?:more than )?(\d+) MiB\.", r"解压后超过 \1 MiB。"),
    (r"It unfolds to more than (\d+) times its size\.", r"解压后超过原大小的 \1 倍。"),
    (r"The gzip data ends early or is damaged\.", r"gzip 数据中断或损坏。"),
    (r"Its name says (\w+), its content is (\w+)\.", r"文件名为 \1，内容却是 \2。"),
    (r"It is an old Excel file.*", r"是旧版 Excel（.xls）或受保护的文件。"),
    (r"It is a PDF\.", r"是 PDF 文件。"),
    (r"It is a picture\.", r"是图片。"),
    (r"It is a program\.", r"是程序文件。"),
    (r"It is a database\.", r"是数据库文件。"),
    (r"It is an? (\w+) archive\.", r"是 \1 压缩包。"),
    (r"It is protected by a password\.", r"文件有密码保护。"),
    (r"Line (\d+) holds a NUL character\.", r"第 \1 行含有空字符。"),
    (r"Line (\d+) is longer than (\d+) characters\.", r"第 \1 行超过 \2 个字符。"),
    (r"Line (\d+) has more than (\d+) cells\.", r"第 \1 行超过 \2 格。"),
    (
        r"Near line (\d+) a quoted cell is not closed or is too long\.",
        r"第 \1 行附近有引号未闭合或过长的单元格。",
    ),
    (r"The last line \((\d+)\) does not end with a newline\.", r"最后一行（第 \1 行）没有换行。"),
    (r"The first unreadable byte is in line (\d+)\.", r"首个无法读取的字节在第 \1 行。"),
    (
        r"It is UTF-8 with damage; the first wrong byte is in line (\d+)\.",
        r"是有损坏的 UTF-8；首个错误字节在第 \1 行。",
    ),
    (r"It ends in the middle of a character\.", r"文件在一个字符中间断开。"),
    (r"It holds the sign for unreadable characters\.", r"含有表示乱码的符号。"),
    (r"Its letters become words only when decoded once more\.", r"文字须再解码一次才成词。"),
    (r"The file is UTF-8\.", r"文件是 UTF-8。"),
    (
        r"(?:It|A sheet) (?:has|spans) (?:more than )?(\d+) rows and (\d+) columns\.",
        r"\1 行 \2 列，过大。",
    ),
    (r"It has more than (\d+) rows\.", r"超过 \1 行。"),
    (r"It has more than (\d+) columns\.", r"超过 \1 列。"),
    (r"A cell has more than (\d+) characters\.", r"有单元格超过 \1 个字符。"),
    (r"The Parquet data is cut off or damaged\.", r"Parquet 数据中断或损坏。"),
    (r"The unpacked (?:file|workbook) is too large\.", r"解压后过大。"),
    (r"A row group unpacks to (\d+) MiB\.", r"一个行组解压后达 \1 MiB。"),
    (r"Column '(.*)' is (.*); only plain values\.", r"列“\1”的类型是 \2；只收普通值。"),
    (r"The workbook cannot be opened; it is damaged\.", r"工作簿无法打开，已损坏。"),
    (r"The workbook is cut off or damaged\.", r"工作簿中断或损坏。"),
    (r"Its sheets are larger than its directory says\.", r"工作表大于其目录所称。"),
    (r"Its cells do not say where they stand\.", r"单元格没有位置信息。"),
)
COLUMNS = (
    (r"column '(.*)' is unknown(?:;? ?did you mean '?(.*?)'?\??)?", r"不认识的列“\1”"),
    (r"column '(.*)' is a second '(.*)'", r"列“\1”与“\2”重复"),
    (r"column '(.*)' \((.*)\) is missing", r"缺少列“\1”"),
    (r"column '(.*)', named by the mapping, is not in the file", r"映射所列的“\1”不在文件中"),
    (r"column '(.*)', named by the mapping, stands in the file twice", r"映射所列的“\1”出现两次"),
    (r"it has no heading", r"没有表头"),
)


def kept(refusal: Refused) -> dict[str, str]:
    """Return a refusal as a delivery keeps it: its code, its sentence in both languages."""
    return {"code": refusal.code, "sentence": refusal.sentence(), "zh": in_chinese(refusal)}


def in_chinese(refusal: Refused) -> str:
    """Return the refusal in one line of Chinese; English where a word is not known."""
    template = SENTENCES.get(refusal.code)
    if template is None:
        return refusal.sentence()
    facts = {name: str(value) for name, value in refusal.facts.items()}
    facts.setdefault("file", "文件")  # refused before it had a name
    reason = facts.get("reason") or facts.get("where", "")
    facts["why"] = _columns(reason) if refusal.code == "columns" else reason_in_chinese(reason)
    try:
        return template.format(**facts)
    except KeyError:
        return refusal.sentence()


def reason_in_chinese(reason: str) -> str:
    """Return why a file was refused, in Chinese where the reason is a known one."""
    return _said(reason, REASONS)


def _columns(reason: str) -> str:
    return "；".join(_said(part, COLUMNS) for part in reason.split("; ")) + "。"


def _said(reason: str, words: tuple[tuple[str, str], ...]) -> str:
    for pattern, chinese in words:
        found = re.fullmatch(pattern, reason)
        if found:
            return found.expand(chinese)
    return reason
