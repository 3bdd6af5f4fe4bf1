"""What can be chosen in each field of the form of a trigger."""

from collections.abc import Callable, Iterator

from proactive.feeds.words import ColumnType, Kind
from proactive.rules.fields import NUMBERS
from proactive.rules.forming import Part
from web.policy.part_choices import Choosing, Options


def _optional(options: Options) -> Iterator[tuple[str, str]]:
    yield "", "–"
    yield from options


Maker = Callable[[Choosing], Options]
OPTIONS: dict[tuple[Part | None, str], Maker] = {
    (Part.ABOUT, "subject"): lambda form: form.fixed("subject"),
    (Part.ABOUT, "need"): Choosing.needs,
    (Part.ABOUT, "proposes"): Choosing.bundles,
    (Part.BASIS, "grade"): lambda form: form.fixed("grade"),
    (Part.SCHEDULE, "on_feed"): Choosing.feeds,
    (Part.PARAMETER, "type"): lambda form: form.fixed("type"),
    (Part.PARAMETER, "unit"): lambda form: form.units(),
    (Part.PARAMETER, "in_force_on"): Choosing.record_dates,
    (Part.VALUE, "value"): Choosing.codes,
    (Part.VALUE, "area"): Choosing.areas,
    (Part.VALUE, "class"): Choosing.classes,
    (Part.MEASURE, "feed"): lambda form: form.feeds(Kind.EVENT),
    (Part.MEASURE, "figure"): lambda form: form.fixed("figure"),
    (Part.MEASURE, "field"): lambda form: list(_optional(form.columns(form.feed_here()))),
    (Part.MEASURE, "per"): lambda form: form.fixed("per"),
    (Part.MEASURE, "by"): lambda form: list(
        _optional(form.columns(form.feed_here(), (ColumnType.TEXT, ColumnType.CODE)))
    ),
    (Part.MEASURE, "window"): lambda form: [*form.spans(), *form.fixed("window")],
    (Part.TEST, "field"): lambda form: form.columns(form.feed_here()),
    (Part.TEST, "test"): lambda form: form.fixed("field_test"),
    (Part.TEST, "against"): Choosing.against,
    (Part.MEASURE_TEST, "measure"): Choosing.measures,
    (Part.MEASURE_TEST, "test"): lambda form: form.fixed("number_test"),
    (Part.MEASURE_TEST, "parameter"): lambda form: form.parameters(*map(str, NUMBERS)),
    (Part.MEASURE_TEST, "of"): Choosing.shares,
    (Part.MEASURE_TEST, "of_within"): Choosing.spans,
    (None, "if_unknown"): lambda form: form.fixed("if_unknown"),
    (Part.RECORD, "record"): lambda form: form.feeds(Kind.EVENT),
    (Part.REGISTERED, "test"): lambda form: form.fixed("register_test"),
    (Part.REGISTERED, "feed"): lambda form: form.feeds(Kind.REGISTER),
    (None, "within"): Choosing.spans,
    (Part.RECEIVING, "test"): lambda form: form.fixed("benefit_test"),
    (Part.RECEIVING, "benefits"): Choosing.benefits,
    (Part.HIT, "pending_period"): Choosing.spans,
    (Part.HIT, "order_by"): lambda form: list(_optional(form.measures())),
    (Part.HIT, "descending"): lambda form: form.fixed("descending"),
    (Part.HIT, "route"): lambda form: form.fixed("route"),
    (Part.HIT, "evidence"): Choosing.feeds,
    (Part.COOL_DOWN, "grows"): lambda form: list(_optional(form.measures())),
    **{
        (Part.COOL_DOWN, end): lambda form: [*form.periods(), *form.fixed("end")]
        for end in ("not_confirmed", "declined", "completed")
    },
}
# Fields in which something else than what is offered may be written.
COMBOS = {
    (Part.VALUE, "value"), (Part.MEASURE, "window"), (Part.TEST, "against"),
    (Part.MEASURE_TEST, "of_within"),
    (Part.REGISTERED, "within"), (Part.RECEIVING, "within"), (Part.HIT, "pending_period"),
    (Part.COOL_DOWN, "not_confirmed"), (Part.COOL_DOWN, "declined"), (Part.COOL_DOWN, "completed"),
}  # fmt: skip
