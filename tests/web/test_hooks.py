"""Doors for machines: signed call-backs only, replays change nothing, health for watchers."""

from collections.abc import Iterator
from uuid import UUID, uuid4

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text
from twilio.request_validator import RequestValidator

from proactive.bootstrap import Platform, build
from proactive.config import Settings
from proactive.kernel.clock import ManualClock
from tests.web.story import MACHINE, Story, story_of
from web.app import create_app

TOKEN = "0123456789abcdef0123456789abcdef"
PUBLIC = "https://benefits.example"
TWILIO = {
    "account_sid": "AC" + "0" * 32,
    "auth_token": TOKEN,
    "from_number": "+15005550006",
    "callback_url": f"{PUBLIC}/hooks/twilio_sms/status",
    "base_url": "http://127.0.0.1:1",
    "two_way": "yes",
}


@pytest.fixture
def twilio(platform: Platform, clock: ManualClock) -> Iterator[Platform]:
    """Yield the same county with Twilio as its way out."""
    settings = platform.settings.model_copy(
        update={"public_url": PUBLIC, "channels": {"twilio_sms": TWILIO}}
    )
    built = build(Settings(**settings.model_dump()), clock=clock)
    yield built
    built.close()


@pytest.fixture
def client(twilio: Platform) -> FlaskClient:
    return create_app(twilio, hooks_only=True).test_client()


def sent_message(platform: Platform) -> UUID:
    story: Story = story_of(platform)
    story.raise_case(1)
    with platform.work(MACHINE) as work:
        return UUID(
            str(
                work.db.execute(
                    text("UPDATE message SET state = 'sent', channel = 'twilio_sms' RETURNING id")
                ).scalar_one()
            )
        )


def state_of(platform: Platform, message: UUID) -> str:
    with platform.work(MACHINE) as work:
        query = text("SELECT state FROM message WHERE id = :id")
        return str(work.db.execute(query, {"id": message}).scalar_one())


def call(
    client: FlaskClient, path: str, form: dict[str, str], *, token: str = TOKEN, base: str = PUBLIC
) -> int:
    signature = RequestValidator(token).compute_signature(base + path, form)
    answer = client.post(
        path, data=form, headers={"X-Twilio-Signature": signature, "Host": "benefits.example"}
    )
    return answer.status_code


REPORT = {"MessageSid": "SM1", "MessageStatus": "delivered"}


def test_a_signed_report_moves_the_message_and_a_replay_does_nothing(
    platform: Platform, client: FlaskClient
) -> None:
    message = sent_message(platform)
    path = f"/hooks/twilio_sms/status/{message}"

    assert call(client, path, REPORT) == 204
    assert call(client, path, REPORT) == 204
    assert call(client, path, {"MessageSid": "SM1", "MessageStatus": "sent"}) == 204

    assert state_of(platform, message) == "delivered"


@pytest.mark.parametrize(
    ("token", "base"), [("another key", PUBLIC), (TOKEN, "https://elsewhere.example")]
)
def test_a_forged_report_changes_nothing(
    platform: Platform, client: FlaskClient, token: str, base: str
) -> None:
    message = sent_message(platform)

    answer = call(client, f"/hooks/twilio_sms/status/{message}", REPORT, token=token, base=base)

    assert answer == 403
    assert state_of(platform, message) == "sent"


def test_an_unknown_channel_is_not_there(client: FlaskClient) -> None:
    assert call(client, f"/hooks/nobody/status/{uuid4()}", REPORT) == 404
    assert call(client, f"/hooks/console/status/{uuid4()}", REPORT) == 404


def test_a_report_is_no_reply_and_a_reply_no_report(client: FlaskClient) -> None:
    said = {"MessageSid": "SM1", "SmsStatus": "received", "From": "+8613800000001", "Body": "4"}

    assert call(client, "/hooks/twilio_sms/reply", REPORT) == 403
    assert call(client, f"/hooks/twilio_sms/status/{uuid4()}", said) == 403


def test_a_huge_body_is_not_read(client: FlaskClient) -> None:
    form = {**REPORT, "Body": "x" * 100_000}

    assert call(client, f"/hooks/twilio_sms/status/{uuid4()}", form) == 413


def test_odd_and_endless_words_of_a_provider_break_nothing(client: FlaskClient) -> None:
    sid, state = "S\x00" + "M" * 5000, "\x00delivered" * 200
    report = {"MessageSid": sid, "MessageStatus": state, "ErrorCode": "\x00" * 9}
    said = {"MessageSid": sid, "SmsStatus": "received", "From": "\x00👍" * 99, "Body": "\x00👍"}

    assert call(client, f"/hooks/twilio_sms/status/{uuid4()}", report) == 204
    assert call(client, "/hooks/twilio_sms/reply", said) == 200


def test_a_reply_is_answered_once(platform: Platform, client: FlaskClient) -> None:
    form = {
        "MessageSid": "SM9",
        "SmsStatus": "received",
        "From": "+8613800000001",
        "Body": "4",
    }
    path = "/hooks/twilio_sms/reply"
    signature = RequestValidator(TOKEN).compute_signature(PUBLIC + path, form)
    headers = {"X-Twilio-Signature": signature, "Host": "benefits.example"}

    first = client.post(path, data=form, headers=headers)
    second = client.post(path, data=form, headers=headers)

    assert "<Message>" in first.text
    assert "<Message>" not in second.text
    assert first.mimetype == "text/xml"


def test_health_needs_nothing_and_readiness_the_database(
    client: FlaskClient, twilio: Platform
) -> None:
    headers = {"Host": "benefits.example"}
    assert client.get("/healthz", headers=headers).status_code == 200
    assert client.get("/readyz", headers=headers).status_code == 200

    gone = build(
        Settings(**{**twilio.settings.model_dump(), "database_url": "postgresql:///nowhere"})
    )
    lonely = create_app(gone, hooks_only=True).test_client()

    assert lonely.get("/healthz", headers=headers).status_code == 200
    assert lonely.get("/readyz", headers=headers).status_code == 503
    gone.close()


def test_with_hooks_only_there_are_no_pages(client: FlaskClient) -> None:
    for path in ("/", "/sign-in", "/visits", "/operator"):
        assert client.get(path, headers={"Host": "benefits.example"}).status_code == 404
