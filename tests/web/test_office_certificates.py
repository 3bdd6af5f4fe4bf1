"""A certificate as a file: handed out with the delivery, read by those it is for, taken away."""

import io
import re

from flask import Flask

from proactive.bootstrap import Platform
from proactive.kernel.states import Role
from tests.web.browsing import SignIn
from tests.web.own import at_own_page, confirmed_case
from tests.web.story import Story
from tests.web.test_coordinator import hidden_of

PDF = b"%PDF-1.7\n1 0 obj\n%%EOF\n"
FILE = re.compile(r'href="(/[^"]*/files/[^"]*)"')


def test_a_certificate_reaches_the_person_and_the_coordinator_and_can_be_taken_away(
    app: Flask, platform: Platform, story: Story, sign_in_as: SignIn
) -> None:
    case_id = confirmed_case(story, sign_in_as, agreed=True)
    item, _ = story.items()["serious_illness_pay"]
    clerk = sign_in_as(Role.CLERK, office_id=story.offices["medical_insurance"])
    page = f"/office/items/{item}"
    clerk.post(f"{page}/papers", {"field-bank_account": "6222", "papers": "bank_card"})
    for action in ("accept", "grant"):
        form = hidden_of(clerk.get(page).text)
        clerk.post(page, {**form, "action": action, "mode": "file"})

    form = {**hidden_of(clerk.get(page).text), "action": "deliver", "mode": "file"}
    wrong = clerk.post(page, {**form, "certificate": (io.BytesIO(b"<html>"), "a.pdf")})
    assert wrong.status_code == 422
    assert "It is not a whole PDF, JPEG or PNG, whatever its name says." in wrong.text
    assert story.items()["serious_illness_pay"][1] == "granted"

    right = clerk.post(page, {**form, "certificate": (io.BytesIO(PDF), "c.pdf")})
    assert "The item is finished." in clerk.get(right.location).text
    readers = {
        page: clerk,
        f"/visits/{case_id}": sign_in_as(account_id=story.accounts["east"]),
        "/my": at_own_page(app, platform, case_id),
    }
    addresses = {}
    for where, reader in readers.items():
        found = FILE.search(reader.get(where).text)
        assert found, where
        addresses[where] = found[1]
        answer = reader.get(found[1])
        assert (answer.data, answer.content_type) == (PDF, "application/pdf")
        assert answer.headers["Content-Disposition"].startswith("attachment; filename=")
        assert answer.headers["Cache-Control"] == "no-store"
    stranger = sign_in_as(Role.CLERK, office_id=story.offices["civil_affairs"])
    assert stranger.get(addresses[page]).status_code == 404
    west = sign_in_as(account_id=story.accounts["west"])
    assert west.get(addresses[f"/visits/{case_id}"]).status_code == 404

    assert (
        "nobody can open it any more"
        in clerk.get(clerk.post(f"{addresses[page]}/remove").location).text
    )
    assert [reader.get(addresses[where]).status_code for where, reader in readers.items()] == [
        404
    ] * 3
    again = clerk.post(f"{page}/files", {"certificate": (io.BytesIO(PDF), "scan")})
    assert "files/" in clerk.get(again.location).text
    assert clerk.post(f"{page}/files").status_code == 422
