"""The API's door: a token for named feeds, the same path and answers as the command line."""

import gzip
import io
import json
from collections.abc import Callable
from datetime import timedelta
from hashlib import sha256
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, text

from proactive.bootstrap import Platform
from proactive.feeds.layout import own_words
from proactive.feeds.queries import list_deliveries
from proactive.feeds.store import feed_token
from proactive.feeds.tokens import CALLS_A_MINUTE, add_token, revoke_token
from proactive.kernel.clock import ManualClock
from tests.proactive.feeds.making import BILL_HEADS, Bill, bill_file
from tests.web.browsing import SETUP
from web.uploads import file_name

BILLS = "/api/v1/feeds/medical_bill/deliveries"
EVENTS = "/api/v1/feeds/medical_bill/events"


@pytest.fixture
def token(platform: Platform) -> str:
    with platform.work(SETUP) as work:
        return add_token(work, platform.contracts, ["medical_bill"], "hospital system")


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def post(client: FlaskClient, token: str) -> Callable[..., Any]:
    def send(path: str, body: str | bytes, **more: Any) -> Any:
        headers = {"Authorization": f"Bearer {token}"}
        return client.post(path, data=body, headers=headers, **more)

    return send


def test_a_file_is_taken_in_and_its_summary_answered(
    post: Callable[..., Any], platform: Platform
) -> None:
    answer = post(f"{BILLS}?name=bills.csv", bill_file(Bill()))

    assert answer.status_code == 201
    told = answer.get_json()
    assert (told["state"], told["new"], told["file"]) == ("applied", 1, "bills.csv")
    with platform.work(SETUP) as work:
        [line] = list_deliveries(work)
    assert str(line.id) == told["delivery_id"]
    assert line.received_by.startswith("source:")


def test_the_same_again_is_nothing_new(post: Callable[..., Any]) -> None:
    post(BILLS, bill_file(Bill()))

    again = post(BILLS, bill_file(Bill()))

    assert again.status_code == 200
    assert again.get_json()["state"] == "nothing_new"


def test_a_form_with_a_file_is_as_good_as_a_body(client: FlaskClient, token: str) -> None:
    file = io.BytesIO(bill_file(Bill()).encode("gb18030"))
    form = {"file": (file, "账单.csv"), "encoding": "gb18030"}
    answer = client.post(BILLS, data=form, headers={"Authorization": f"Bearer {token}"})

    assert answer.status_code == 201
    assert (answer.get_json()["file"], answer.get_json()["encoding"]) == ("账单.csv", "gb18030")


def test_a_refused_file_says_what_why_and_what_to_do_in_both_languages(
    post: Callable[..., Any], platform: Platform
) -> None:
    answer = post(BILLS, bill_file(Bill())[:-1])

    assert answer.status_code == 422
    told = answer.get_json()
    assert told["error"] == "truncated"
    assert all(told[part] for part in ("what", "why", "todo"))
    assert "文件不完整" in told["sentence_zh"]
    with platform.work(SETUP) as work:
        assert [line.state for line in list_deliveries(work)] == ["refused"]


def test_what_the_sender_says_of_the_file_is_checked(post: Callable[..., Any]) -> None:
    body = bill_file(Bill()).encode()
    right = sha256(body).hexdigest()

    wrong_rows = post(f"{BILLS}?rows=2&sha256={right}", body)
    wrong_sum = post(f"{BILLS}?rows=1&sha256={'0' * 64}", body)
    fitting = post(f"{BILLS}?rows=1&sha256={right}", body)

    assert [one.status_code for one in (wrong_rows, wrong_sum, fitting)] == [422, 422, 201]


@pytest.mark.parametrize("query", ["maping=x", "rows=many", "sha256=abc", "override_unit=true"])
def test_an_option_that_is_none_is_refused(post: Callable[..., Any], query: str) -> None:
    answer = post(f"{BILLS}?{query}", bill_file(Bill()))

    assert answer.status_code == 400
    assert query.partition("=")[0] in answer.get_json()["sentence"]


def test_records_come_as_json_with_the_contracts_field_names(
    post: Callable[..., Any], platform: Platform
) -> None:
    cells = Bill(total="1000.10", own="400.10").line().split(",")
    wanted: dict[str, Any] = dict(zip(_fields(platform), cells, strict=True))
    wanted[_fields(platform)[4]] = 1000.10

    answer = post(EVENTS, json.dumps([wanted]), content_type="application/json")
    shuffled = dict(reversed(list(wanted.items())))
    again = post(EVENTS, json.dumps([shuffled]), content_type="application/json")

    assert set(wanted) <= set(platform.contracts["medical_bill"].fields)
    assert answer.status_code == 201, answer.text
    assert answer.get_json()["new"] == 1
    assert again.status_code == 200


def _fields(platform: Platform) -> list[str]:
    words = own_words(platform.contracts["medical_bill"])
    return [words[head].field for head in BILL_HEADS.split(",")]


@pytest.mark.parametrize(
    "body", ["", "{}", "[]", "[1]", '[{"a": {}}]', "[NaN]", "not json", "[" * 5000]
)
def test_what_is_no_array_of_records_is_refused(post: Callable[..., Any], body: str) -> None:
    answer = post(EVENTS, body)

    assert answer.status_code == 400
    assert answer.get_json()["error"] == "bad_records"


def test_an_unknown_field_of_a_record_is_refused_like_an_unknown_column(
    post: Callable[..., Any],
) -> None:
    answer = post(EVENTS, json.dumps([{"colour": "red"}]))

    assert answer.status_code == 422
    assert answer.get_json()["error"] == "columns"


@pytest.mark.parametrize(
    "shown",
    ["", "Bearer", "Bearer pb_ACDEFGHJ_" + "x" * 43, "Basic abc", "Bearer " + "x" * 5000],
)
def test_without_a_valid_token_nothing_is_taken(
    client: FlaskClient, platform: Platform, shown: str
) -> None:
    answer = client.post(BILLS, data=bill_file(Bill()), headers={"Authorization": shown})

    assert answer.status_code == 401
    assert answer.get_json()["error"] == "bad_token_shown"
    with platform.work(SETUP) as work:
        assert list_deliveries(work) == []


def test_another_feeds_token_is_refused_and_an_unknown_feed_is_not_there(
    post: Callable[..., Any],
) -> None:
    other = post("/api/v1/feeds/birth_certificate/deliveries", "x")
    nothing = post("/api/v1/feeds/nothing/deliveries", "x")

    assert (other.status_code, nothing.status_code) == (403, 404)


def test_a_revoked_token_opens_nothing(
    post: Callable[..., Any], platform: Platform, token: str
) -> None:
    with platform.work(SETUP) as work:
        revoke_token(work, token.split("_")[1])

    assert post(BILLS, bill_file(Bill())).status_code == 401


def test_the_secret_is_kept_nowhere(platform: Platform, token: str) -> None:
    secret = token.split("_", 2)[2]
    with platform.work(SETUP) as work:
        [row] = work.db.execute(select(feed_token)).all()
        said = work.db.execute(text("SELECT detail::text FROM audit")).scalars().all()

    assert secret not in repr(row)
    assert not [line for line in said if secret in line]
    assert row.secret_hash == sha256(secret.encode()).digest()


def test_too_many_calls_in_a_minute_wait(post: Callable[..., Any], clock: ManualClock) -> None:
    answers = [post(EVENTS, "[]").status_code for _ in range(CALLS_A_MINUTE + 1)]
    clock.advance(timedelta(minutes=1))
    later = post(EVENTS, "[]").status_code

    assert answers == [400] * CALLS_A_MINUTE + [429]
    assert later == 400


def test_a_file_larger_than_the_door_is_refused_with_the_other_ways(
    post: Callable[..., Any], platform: Platform
) -> None:
    platform.settings = platform.settings.model_copy(update={"upload_mb": 1})
    row = Bill().line() + "\n"
    body = bill_file(Bill()) + row * (1_200_000 // len(row.encode()) + 1)

    answer = post(BILLS, body)

    assert answer.status_code == 413
    assert "1 MiB" in answer.get_json()["sentence"]
    assert post(f"{BILLS}?name=a.csv.gz", gzip.compress(body.encode())).status_code == 201


def test_nothing_lies_about_afterwards(post: Callable[..., Any], platform: Platform) -> None:
    post(BILLS, bill_file(Bill()))
    post(BILLS, "nothing of use")

    scratch = platform.lake.root.parent / "scratch"
    assert list(scratch.iterdir()) == []


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\files\\bills.csv", "bills.csv"),
        (".hidden", "hidden"),
        ("a\nb.csv", "ab.csv"),
        ("", "delivery"),
        ("x" * 300 + ".csv", "x" * 116 + ".csv"),
    ],
)
def test_a_file_name_stays_in_its_folder(given: str, kept: str) -> None:
    assert file_name(given) == kept


def test_the_description_is_openapi_3_1_and_names_every_answer(client: FlaskClient) -> None:
    answer = client.get("/api/v1/openapi.json")

    spec = answer.get_json()
    assert spec["openapi"].startswith("3.1")
    assert set(spec["paths"]) == {
        "/api/v1/feeds/{feed}/deliveries",
        "/api/v1/feeds/{feed}/events",
    }
    for operations in spec["paths"].values():
        operation = operations["post"]
        assert operation["security"] == [{"token": []}]
        assert {"201", "200", "401", "422"} <= set(operation["responses"])
        assert operation["requestBody"]["content"]
        assert operation["summary"]
    assert spec["components"]["securitySchemes"]["token"]["scheme"] == "bearer"
    deliver = spec["paths"]["/api/v1/feeds/{feed}/deliveries"]["post"]
    names = {one["name"] for one in deliver["parameters"]}
    assert {"feed", "mapping", "encoding", "sha256"} <= names
