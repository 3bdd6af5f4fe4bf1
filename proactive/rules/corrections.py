"""What is superseded as far as it was known, and the keys that temporary ones lead to."""

from datetime import UTC

import pyarrow as pa
import pyarrow.compute as pc

from proactive.rules.binding import Binding


def known_corrections(binding: Binding, entries: pa.Table) -> pa.Table:
    """The superseded rows that were known to be superseded; the source's own day wins."""
    if not entries.num_rows:
        return entries
    recorded = entries["since_recorded"]
    by_day = pc.less_equal(recorded, pa.scalar(binding.known_on, pa.date32()))
    moment = pa.scalar(binding.known_at.astimezone(UTC), entries["since"].type)
    by_arrival = pc.less_equal(entries["since"], moment)
    known = pc.if_else(pc.is_null(recorded), by_arrival, by_day)
    return entries.filter(known).select(["record_id", "version"])


def resolved_aliases(aliases: pa.Table | None) -> dict[int, int]:
    """Temporary keys with the last key they lead to; a circle leads nowhere."""
    if aliases is None or not aliases.num_rows:
        return {}
    pairs = zip(aliases["temporary_key"].to_pylist(), aliases["key"].to_pylist(), strict=True)
    steps = dict(pairs)
    final = {}
    for start in steps:
        seen, key = {start}, steps[start]
        while key in steps and key not in seen:
            seen.add(key)
            key = steps[key]
        final[start] = key
    return final
