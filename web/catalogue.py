"""Keeps the Chinese catalogue in step with the sentences in the code.

Run `python -m web.catalogue` after changing a sentence: it brings the .po file up to date and
lists what still has no translation. A test fails as long as that list is not empty.
"""

import ast
import sys
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO

from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.pofile import read_po, write_po

from web.language import TRANSLATIONS

ROOT = Path(__file__).resolve().parent.parent
CHINESE = TRANSLATIONS / "zh_CN" / "LC_MESSAGES" / "messages.po"
KEYWORDS: Mapping[str, Any] = {**DEFAULT_KEYWORDS, "_l": None}
ERRORS = frozenset({"Refused", "Failed", "_refused"})
SENTENCES = ("what", "why", "todo")
# Without dates: the file must not change when no sentence did.
HEADER = r"""# Chinese words of the web pages and of the refusals of the core.
msgid ""
msgstr ""
"Language: zh_CN\n"
"Plural-Forms: nplurals=1; plural=0;\n"
"MIME-Version: 1.0\n"
"Content-Type: text/plain; charset=utf-8\n"
"Content-Transfer-Encoding: 8bit\n"

"""

Found = tuple[int, str, str, list[str]]


def extract_refusals(
    fileobj: BinaryIO, keywords: object, comment_tags: object, options: object
) -> Iterator[Found]:
    """Yield the English sentence templates of every `Refused(...)` and `Failed(...)` in a file.

    Called by Babel, which names the parameters.
    """
    for node in ast.walk(ast.parse(fileobj.read())):
        if not isinstance(node, ast.Call) or _called(node) not in ERRORS:
            continue
        last = 3 if _called(node) == "_refused" else 2
        given = [*node.args[1:last], *(k.value for k in node.keywords if k.arg in SENTENCES)]
        for value in given:
            if isinstance(value, ast.Constant) and isinstance(value.value, str) and value.value:
                yield value.lineno, "gettext", value.value, []


def _called(node: ast.Call) -> str:
    return node.func.id if isinstance(node.func, ast.Name) else ""


def sentences(root: Path = ROOT) -> Catalog:
    """Return every sentence of the code, without translations."""
    catalogue = Catalog(project="proactive", charset="utf-8")
    with (root / "babel.cfg").open(encoding="utf-8") as text:
        methods, options = parse_mapping_cfg(text)  # type: ignore[no-untyped-call]  # Babel's own
    # Refusals of the pages stand in files that Babel has read for their other sentences.
    own = [("**.py", "web.catalogue:extract_refusals")]
    for folder, mapping in (("web", methods), ("web", own), ("proactive", methods)):
        wanted = [
            (pattern.removeprefix(f"{folder}/"), method)
            for pattern, method in mapping
            if mapping is own or pattern.startswith(f"{folder}/")
        ]
        found = extract_from_dir(root / folder, wanted, options, KEYWORDS)
        for file, line, message, comments, context in found:
            place = [(f"{folder}/{file}", line)]
            catalogue.add(message, None, place, auto_comments=comments, context=context)
    return catalogue


def read_chinese() -> Catalog:
    with CHINESE.open("rb") as text:
        return read_po(text, locale="zh_CN")


def untranslated(catalogue: Catalog) -> list[str]:
    """Return the sentences of `catalogue` that have no sure translation."""
    return [
        str(message.id)
        for message in catalogue
        if message.id and (message.fuzzy or not _complete(message.string))
    ]


def _complete(words: str | Collection[str] | None) -> bool:
    return bool(words) if words is None or isinstance(words, str) else all(words)


def main() -> int:
    chinese = read_chinese()
    chinese.update(sentences(), no_fuzzy_matching=True)
    chinese.obsolete.clear()
    with CHINESE.open("wb") as text:
        text.write(HEADER.encode())
        write_po(text, chinese, width=100, sort_output=True, omit_header=True, no_location=True)
    missing = untranslated(chinese)
    sys.stdout.write("".join(f"{sentence}\n" for sentence in missing))
    sys.stdout.write(f"{len(chinese)} sentences, {len(missing)} without a translation\n")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
