"""What was made, for a reader and for a machine."""

from __future__ import annotations

from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True)
class FileLine:
    """One delivery of the county."""

    feed: str
    file: str
    rows: int


@dataclass(frozen=True, slots=True)
class CountySummary:
    """Counts of the county; amounts and people only as numbers, never as names."""

    folder: str
    county: str
    as_of: str
    seed: int
    people: int
    households: int
    towns: int
    villages: int
    coordinators: int
    low_income_people: int
    disabled: int
    receiving: int
    enterprises: int
    penalties: int
    births: int
    deaths: int
    bills: int
    warnings: int
    new_warnings: int
    true_needs: int
    unseen_needs: int
    dirty_rows: int
    dirty_kinds: int
    refused_files: int
    story_village: str
    files: tuple[FileLine, ...]

    def as_json(self) -> dict[str, object]:
        """Give the counts as plain data."""
        return asdict(self)

    def as_text(self, language: str = "en") -> str:
        """Write the counts as lines a person can read, in `zh-CN` or `en`."""
        chinese = language.lower().startswith("zh")
        facts = self.as_json()
        body, closing, rows = (ZH, CLOSING_ZH, "行") if chinese else (EN, CLOSING_EN, "rows")
        width = max(len(line.file) for line in self.files)
        files = [f"  {line.file:<{width}}  {line.rows:>9,} {rows}" for line in self.files]
        return "\n".join([body.format(**facts), *files, closing.format(**facts)])


EN = """\
{county}, as of {as_of} (seed {seed}): {people:,} people in {households:,} households, \
{towns} towns, {villages} villages, {coordinators} coordinators
low-income people {low_income_people:,}, disability certificates {disabled:,}, \
benefits {receiving:,}, births {births:,}, deaths {deaths:,}
settled bills {bills:,}; about {warnings:,} large-bill warnings to come, \
{new_warnings:,} of them from the newest month
enterprises {enterprises:,}, published penalties {penalties:,}
true needs {true_needs:,}, of them {unseen_needs:,} that no rule can see; \
{dirty_rows:,} dirty rows of {dirty_kinds} kinds, {refused_files} files to be refused"""
ZH = """\
{county},截至{as_of}(种子 {seed}):{people:,}人、{households:,}户,\
{towns}个乡镇、{villages}个村、{coordinators}名协理员
低收入人口{low_income_people:,}人,残疾人证{disabled:,}本,待遇{receiving:,}条,\
出生{births:,}人,死亡{deaths:,}人
医疗结算{bills:,}条,预计大额医疗预警约{warnings:,}条,其中最新一月{new_warnings:,}条
市场主体{enterprises:,}家,公示处罚{penalties:,}条
真实需求{true_needs:,}项,其中规则看不到的{unseen_needs:,}项;\
问题数据{dirty_rows:,}行、{dirty_kinds}类,应拒收文件{refused_files}个"""
CLOSING_EN = "Everybody here is invented. Written to {folder}"
CLOSING_ZH = "以上人员均为虚构。已写入 {folder}"
