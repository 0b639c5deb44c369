"""Exit codes: one table for the code, ``ninestep --help`` and docs/cli.md."""

from __future__ import annotations

DONE, NOT_DONE, WRONG, NO_TOWN, INTERRUPTED = 0, 1, 2, 3, 130

TABLE = {  # in English and in Chinese
    DONE: ("done", "完成"),
    NOT_DONE: (
        "it did not work out: refused by the town, a part does not run, a finding is bad",
        "没有办成：小镇拒绝了，有部件没有运行，诊断结果有严重问题",
    ),
    WRONG: (
        "it was asked wrongly: an option, a setting, a file that cannot be read",
        "问法不对：选项、设置，或文件读不了",
    ),
    NO_TOWN: ("no town there", "那里没有小镇"),
    INTERRUPTED: ("interrupted by Ctrl-C", "被 Ctrl-C 打断"),
}
