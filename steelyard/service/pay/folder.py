"""Where payrolls lie: `DIR/YYYY-MM/`, written once and never again."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from re import fullmatch

from steelyard.errors import InputError, Problem, UsageError
from steelyard.events.faults import END_YEAR, FIRST_YEAR
from steelyard.landing import landing, refuse_address, refuse_content
from steelyard.service.pay.metrics import Month
from steelyard.service.pay.record import read_record, text_of
from steelyard.service.pay.statement import Payroll
from steelyard.service.pay.workbook import write_workbook

RECORD = "statements.json"
BOOK = "statements.xlsx"


@dataclass(frozen=True)
class Written:
    """Where a payroll lies, and whether it was there already."""

    folder: Path
    stood: bool


def paid_before(place: Path, month: Month, plan: str) -> list[Payroll]:
    """The payrolls of earlier months in `place`, oldest first; none where the folder is not there.

    Raises InputError for what is no payroll, and for payrolls of another plan.
    """
    found = [_read(folder) for folder in _folders(place) if folder.name < str(month)]
    strange = [each for each in found if each.plan != plan]
    if strange:
        message = f"it was paid by {strange[0].plan}, not by {plan}"
        fix = "give each plan a folder of its own"
        raise InputError(Problem("another-plan", str(place / str(strange[0].month)), message, fix))
    return found


def refuse_gap(place: Path, month: Month) -> None:
    """UsageError where a later month has been paid and this one has not: its corrections went into that one."""
    later = [folder.name for folder in _folders(place) if folder.name > str(month)]
    if later and not (place / str(month)).exists():
        message = f"{later[0]} has been paid already"
        fix = "pay months in their order; what is known now is posted as a correction in the next one"
        raise UsageError(Problem("later-month-paid", str(place / str(month)), message, fix))


def write_payroll(payroll: Payroll, place: Path, lang: str) -> Written:
    """Write a payroll to `place/YYYY-MM`; one that stands there and says the same is left as it is.

    Raises InputError `already-paid` where another stands there, UsageError where something else does.
    """
    refuse_address(place)
    folder = place / str(payroll.month)
    text = text_of(payroll)
    if (folder / RECORD).exists():
        _refuse_other(folder, text)
        return Written(folder, stood=True)
    refuse_content(folder)
    with landing(folder) as draft:
        (draft / RECORD).write_text(text, encoding="utf-8")
        write_workbook(payroll, draft / BOOK, lang)
    return Written(folder, stood=False)


def _refuse_other(folder: Path, text: str) -> None:
    file = folder / RECORD
    if file.is_file() and file.read_bytes() == text.encode():
        return
    message = "statements of this month stand here and differ from what is known now"
    fix = "a paid statement is never changed: pay the next month, which posts the difference; or name another --out"
    raise InputError(Problem("already-paid", str(folder), message, fix))


def _folders(place: Path) -> Sequence[Path]:
    if not place.is_dir():
        return []
    names = sorted(each for each in place.iterdir() if each.is_dir() and fullmatch(r"\d{4}-(0[1-9]|1[0-2])", each.name))
    return [each for each in names if (each / RECORD).exists()]


def _read(folder: Path) -> Payroll:
    file = folder / RECORD
    try:
        text = file.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        fix = "name the folder that `steelyard pay --out` wrote, unchanged"
        raise InputError(Problem("not-a-payroll", str(file), "it is not UTF-8", fix)) from error
    payroll = read_record(text, str(file))
    if str(payroll.month) != folder.name:
        fix = "give the folder its own name back"
        raise InputError(Problem("not-a-payroll", str(file), f"it is the payroll of {payroll.month}", fix))
    return payroll


def month_of(text: str) -> Month:
    """A month from `YYYY-MM`; UsageError for anything else, and for months no event can lie near."""
    if fullmatch(r"[0-9]{4}-(0[1-9]|1[0-2])", text) is None or not FIRST_YEAR <= int(text[:4]) < END_YEAR:
        fix = f"write it as YYYY-MM, in {FIRST_YEAR}..{END_YEAR - 1}"
        raise UsageError(Problem("not-a-month", f"--month {text}", "this is no month near any event", fix))
    return Month.of(date.fromisoformat(f"{text}-01"))
