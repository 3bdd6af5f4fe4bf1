"""YAML that people write: no alias, not deep, mistakes with their line."""

import pytest
import yaml

from proactive.kernel.yaml_nodes import DEEPEST, compose


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("a: &x 1\nb: *x\n", 1, "anchors"),
        ("a: 1\nb: " + "[" * (DEEPEST + 1), 1, "nested too deep"),
        ("b: " + "[" * 400_000, 0, "nested too deep"),
        ("a: 1\nb: [", 2, ""),
    ],
)
def test_what_is_refused_is_named_with_its_line(text: str, line: int, says: str) -> None:
    with pytest.raises(yaml.MarkedYAMLError) as refused:
        compose(text)

    assert says in str(refused.value.problem)
    assert refused.value.problem_mark
    assert refused.value.problem_mark.line == line


def test_an_empty_text_has_no_node() -> None:
    assert compose("# nothing\n") is None
