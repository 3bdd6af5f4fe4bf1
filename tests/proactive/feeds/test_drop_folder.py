"""The drop folder: a file that rests is taken in once and put away with a sentence, never lost."""

import hashlib
import json
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, text

from proactive.bootstrap import Platform
from proactive.feeds import drop_folder
from proactive.feeds.alarms import AlarmKind, open_alarms
from proactive.feeds.queries import list_deliveries
from proactive.feeds.store import parcel
from proactive.handlers.duties import purge
from proactive.handlers.taking import look_into_drop
from proactive.kernel.clock import ManualClock
from proactive.kernel.tables import step
from proactive.kernel.work import Actor
from proactive.scheduler import tick
from proactive.stepping import run_due_steps
from tests.proactive.feeds.making import Bill, Office, bill_file, resident

SCHEDULER = Actor.machine("scheduler")


@pytest.fixture
def drop(platform: Platform, tmp_path: Path) -> Path:
    folder = tmp_path / "drop"
    (folder / "medical_bill").mkdir(parents=True)
    platform.settings = platform.settings.model_copy(update={"drop": folder})
    return folder / "medical_bill"


def look(platform: Platform, *, rested: bool = True) -> int:
    """Look into the folder twice; in between, files have rested long enough."""
    with platform.work(SCHEDULER) as work:
        look_into_drop(platform, work)
    if not rested:
        return 0
    with platform.work(SCHEDULER) as work:
        work.db.execute(text("UPDATE parcel SET marked_at = marked_at - interval '1 minute'"))
    with platform.work(SCHEDULER) as work:
        return look_into_drop(platform, work)


def take_all(platform: Platform) -> None:
    with platform.work(SCHEDULER) as work:
        work.db.execute(text("UPDATE step SET due_at = :now"), {"now": work.now})
        work.db.execute(text("DELETE FROM step WHERE name <> 'take_parcel'"))
    run_due_steps(platform)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def states(platform: Platform) -> list[str]:
    with platform.work(SCHEDULER) as work:
        return list(work.db.execute(select(parcel.c.state).order_by(parcel.c.id)).scalars())


def test_a_file_that_rests_is_taken_in_and_put_away_with_a_sentence(
    platform: Platform, drop: Path, office: Office
) -> None:
    (drop / "bills.csv").write_text(bill_file(Bill()))

    assert look(platform) == 1
    take_all(platform)

    assert len(office.visible()) == 1
    assert (drop / "taken" / "bills.csv").read_text() == bill_file(Bill())
    why = (drop / "taken" / "bills.csv.why.txt").read_text()
    assert "bills.csv：已入库" in why
    assert "bills.csv: applied" in why
    assert names(drop) == [".taking", "taken"]
    assert names(drop / ".taking") == []
    assert states(platform) == ["taken"]


def test_a_file_that_is_still_written_is_left_alone(platform: Platform, drop: Path) -> None:
    path = drop / "bills.csv"
    path.write_text("half")
    look(platform, rested=False)
    with platform.work(SCHEDULER) as work:
        work.db.execute(text("UPDATE parcel SET marked_at = marked_at - interval '1 minute'"))
    path.write_text(bill_file(Bill()))

    with platform.work(SCHEDULER) as work:
        assert look_into_drop(platform, work) == 0

    assert look(platform) == 1


def test_a_file_that_grows_again_before_it_is_taken_is_watched_anew(
    platform: Platform, drop: Path, office: Office
) -> None:
    path = drop / "bills.csv"
    path.write_text(bill_file(Bill()))
    look(platform)
    path.write_text(bill_file(Bill(), Bill(settlement="S2", at="2026-03-02 08:00:00")))

    take_all(platform)
    assert path.exists()
    assert states(platform) == ["seen"]

    assert look(platform) == 1
    take_all(platform)
    assert len(office.visible()) == 2


@pytest.mark.parametrize(
    "name",
    ["bills.csv.part", "bills.tmp", ".bills.csv", "~$bills.xlsx", "bills.csv.manifest.json"],
)
def test_half_written_hidden_and_belonging_files_are_no_deliveries(
    platform: Platform, drop: Path, name: str
) -> None:
    (drop / name).write_text(bill_file(Bill()))

    assert look(platform) == 0
    assert (drop / name).exists()


def test_a_link_is_never_followed(platform: Platform, drop: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere.csv").write_text(bill_file(Bill()))
    (drop / "bills.csv").symlink_to(tmp_path / "elsewhere.csv")

    assert look(platform) == 0


def test_what_is_refused_says_why_in_both_languages(platform: Platform, drop: Path) -> None:
    (drop / "bills.csv").write_text("姓名,年龄\n王小明,5\n")

    look(platform)
    take_all(platform)

    why = (drop / "refused" / "bills.csv.why.txt").read_text()
    assert "列与数据契约不符" in why
    assert "不认识的列“年龄”" in why
    assert "its columns do not fit the contract" in why
    assert (drop / "refused" / "bills.csv").exists()
    assert states(platform) == ["refused"]


def test_manifest_mapping_encoding_and_history_may_be_said_beside_it(
    platform: Platform, drop: Path, office: Office
) -> None:
    foreign = bill_file(Bill()).replace("身份证号", "公民号")
    (drop / "bills.csv").write_bytes(foreign.encode("gb18030"))
    (drop / "ours.yaml").write_text("feed: medical_bill\ncolumns: {公民号: id_number}\n")
    (drop / "how.yaml").write_text("mapping: ours.yaml\nencoding: gb18030\nhistory: true\n")

    look(platform)
    take_all(platform)

    why = (drop / "taken" / "bills.csv.why.txt").read_text()
    assert "gb18030" in why
    assert "the day it became known is assumed" in why
    assert len(office.visible()) == 1
    assert (drop / "how.yaml").exists()


def test_a_manifest_that_does_not_fit_refuses_the_file(platform: Platform, drop: Path) -> None:
    (drop / "bills.csv").write_text(bill_file(Bill()))
    (drop / "bills.csv.manifest.json").write_text('{"rows": 1, "sha256": "' + "0" * 64 + '"}')

    look(platform)
    take_all(platform)

    assert (drop / "refused" / "bills.csv.manifest.json").exists()
    assert "SHA-256" in (drop / "refused" / "bills.csv.why.txt").read_text()


def test_a_wrong_note_about_reading_is_refused_with_its_line(
    platform: Platform, drop: Path
) -> None:
    (drop / "bills.csv").write_text(bill_file(Bill()))
    (drop / "bills.csv.how.yaml").write_text("maping: x\n")

    look(platform)
    take_all(platform)

    why = (drop / "refused" / "bills.csv.why.txt").read_text()
    assert "did you mean 'mapping'" in why
    assert (drop / "refused" / "bills.csv").exists()


def test_the_same_file_again_is_nothing_new_and_hides_no_earlier_one(
    platform: Platform, drop: Path, office: Office
) -> None:
    for _ in range(2):
        (drop / "bills.csv").write_text(bill_file(Bill()))
        look(platform)
        take_all(platform)

    assert names(drop / "taken") == [
        "bills.2.csv",
        "bills.2.csv.why.txt",
        "bills.csv",
        "bills.csv.why.txt",
    ]
    assert "nothing new" in (drop / "taken" / "bills.2.csv.why.txt").read_text()
    assert len(office.visible()) == 1


@pytest.mark.parametrize("moment", ["claim", "ingest", "keep", "put_away"])
def test_killed_at_any_moment_the_same_step_completes_it(
    platform: Platform,
    drop: Path,
    office: Office,
    monkeypatch: pytest.MonkeyPatch,
    moment: str,
) -> None:
    """What a kill leaves is what is there when the process stops right after that moment."""
    (drop / "bills.csv").write_text(bill_file(Bill()))
    (drop / "bills.csv.manifest.json").write_text(
        json.dumps({"rows": 1, "sha256": hashlib.sha256(bill_file(Bill()).encode()).hexdigest()})
    )
    look(platform)
    from proactive.feeds import parcel_taking

    class Killed(BaseException):
        pass

    def dies(name: str, module: object) -> None:
        real = getattr(module, name)

        def die(*args: object, **more: object) -> None:
            real(*args, **more)
            raise Killed

        monkeypatch.setattr(module, name, die)

    places = {
        "claim": ("claim", drop_folder),
        "ingest": ("ingest_delivery", parcel_taking),
        "keep": ("keep", parcel_taking),
        "put_away": ("put_away", drop_folder),
    }
    dies(*places[moment])
    with pytest.raises(Killed):
        take_all(platform)
    monkeypatch.undo()
    with platform.work(SCHEDULER) as work:
        work.db.execute(text("UPDATE step SET state = 'pending', lease_token = NULL"))

    take_all(platform)

    assert names(drop / "taken") == [
        "bills.csv",
        "bills.csv.manifest.json",
        "bills.csv.why.txt",
    ]
    assert len(office.visible()) == 1
    assert states(platform) == ["taken"]
    with platform.work(SCHEDULER) as work:
        assert [line.state for line in list_deliveries(work)] == ["applied"]


def test_a_folder_of_no_feed_is_told_to_the_operator_until_it_is_gone(
    platform: Platform, drop: Path
) -> None:
    stranger = drop.parent / "medical_bils"
    stranger.mkdir()
    (stranger / "bills.csv").write_text(bill_file(Bill()))

    assert look(platform) == 0
    with platform.work(SCHEDULER) as work:
        [alarm] = open_alarms(work)
    assert (alarm.kind, alarm.feed) == (AlarmKind.FOLDER, "medical_bils")
    assert (stranger / "bills.csv").exists()

    stranger.rename(drop.parent / "birth_certificate")
    look(platform)
    with platform.work(SCHEDULER) as work:
        assert open_alarms(work) == []


def test_what_was_put_away_is_forgotten_when_raw_files_are(
    platform: Platform, drop: Path, clock: ManualClock
) -> None:
    (drop / "bills.csv").write_text(bill_file(Bill()))
    look(platform)
    take_all(platform)

    clock.advance(timedelta(days=29))
    purge(platform, "")
    assert (drop / "taken" / "bills.csv").exists()
    clock.advance(timedelta(days=3))
    purge(platform, "")

    assert names(drop / "taken") == []


def test_steps_and_parcels_carry_no_person(platform: Platform, drop: Path) -> None:
    (drop / f"{resident(1)}.csv").write_text(bill_file(Bill()))
    look(platform)

    with platform.work(SCHEDULER) as work:
        keys = list(work.db.execute(select(step.c.key)).scalars())

    assert keys
    assert not [key for key in keys if resident(1) in key]


def test_the_scheduler_looks_into_the_folder(platform: Platform, drop: Path) -> None:
    (drop / "bills.csv").write_text(bill_file(Bill()))

    tick(platform)

    assert states(platform) == ["seen"]


def test_a_file_taken_away_by_its_sender_is_let_go(platform: Platform, drop: Path) -> None:
    (drop / "bills.csv").write_text(bill_file(Bill()))
    look(platform)
    (drop / "bills.csv").unlink()

    take_all(platform)

    assert states(platform) == ["gone"]
