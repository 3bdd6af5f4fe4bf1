"""State tables: what every table in the product must hold."""

from itertools import product

import pytest

from proactive.kernel.errors import Refused
from proactive.kernel.states import DELIVERY_VERBS, MACHINE_VERBS, Role, StateTable
from tools.diagrams import state_tables

TABLES = list(state_tables().values())


@pytest.fixture(params=TABLES, ids=[table.name for table in TABLES])
def table(request: pytest.FixtureRequest) -> StateTable:
    found: StateTable = request.param
    return found


def test_every_state_can_be_reached_and_every_open_one_left(table: StateTable) -> None:
    reached = {table.start}
    for _ in table.states:
        reached |= {row.target for row in table.transitions if row.source in reached}
    beginnings = reached | {row.source for row in table.transitions}
    left = {row.source for row in table.transitions if row.target != row.source}

    assert beginnings == set(table.states)
    assert left >= set(table.states) - table.finals


def test_no_way_leads_out_of_a_final_state(table: StateTable) -> None:
    out = [row for row in table.transitions if row.source in table.finals]

    left = {row.action for row in out if row.target is not row.source}
    assert left <= {"take_back", "take_back_to_try"}  # a person's own mistake, within hours
    assert [row for row in out if Role.MACHINE in row.by] == []


def test_the_machine_only_raises_routes_prepares_reminds_escalates_and_notes(
    table: StateTable,
) -> None:
    for row in table.transitions:
        if Role.MACHINE in row.by:
            assert row.verb in MACHINE_VERBS | DELIVERY_VERBS
        assert row.en
        assert row.zh


def test_check_allows_exactly_what_the_table_lists(table: StateTable) -> None:
    listed = {(row.source, row.action, role) for row in table.transitions for role in row.by}
    actions = {row.action for row in table.transitions}

    for state, action, role in product(table.states, actions, Role):
        assert table.can(state, action, role) == ((state, action, role) in listed)
        if (state, action, role) not in listed:
            with pytest.raises(Refused):
                table.check(state, action, role)
