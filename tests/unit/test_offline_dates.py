"""Dates in three languages: every form a planner writes, and the ones no calendar has."""

from __future__ import annotations

import datetime as dt

import pytest
from babel.dates import format_date
from hypothesis import given
from hypothesis import strategies as st

from agents.offline.clock import InvalidDateError
from agents.offline.dates import find_windows
from agents.offline.shifts import Shift, find_shift

TODAY = dt.date(2025, 10, 15)  # a Wednesday

RANGES = [
    ("en", "22-27 Oct"),
    ("en", "from 22 to 27 October"),
    ("en", "22 to 27 October 2025"),
    ("en", "October 22-27"),
    ("en", "October 22-27, 2025"),
    ("en", "Oct 22nd to 27th"),
    ("en", "Oct. 22 \u2013 Oct. 27, 2025"),
    ("en", "from the 22nd of October until the 27th"),
    ("en", "between October 22 and 27"),
    ("en", "Wed 22 Oct - Mon 27 Oct"),
    ("en", "from Wednesday 22 to Monday 27 October"),
    ("en", "22/10-27/10"),
    ("en", "10/22-10/27"),
    ("en", "2025-10-22 to 2025-10-27"),
    ("en", "2025-10-22..2025-10-27"),
    ("en", "from the 22nd to the 27th"),
    ("en", "6 days from 22 October"),
    ("it", "dal 22 al 27 ottobre"),
    ("it", "22-27 ottobre"),
    ("it", "ottobre 22-27"),
    ("it", "tra il 22 e il 27 ottobre"),
    ("it", "da mercoledì 22 a lunedì 27 ottobre 2025"),
    ("it", "dal 22/10 al 27/10"),
    ("it", "dal 22/10/2025 al 27/10/2025"),
    ("it", "dal 22 al 27"),
    ("it", "dal 22 ottobre per 6 giorni"),
    ("de", "vom 22. bis 27. Oktober"),
    ("de", "22.-27. Okt"),
    ("de", "22.10.-27.10.2025"),
    ("de", "22.\u201327.10.2025"),
    ("de", "22.10. bis 27.10."),
    ("de", "zwischen dem 22. und 27. Oktober"),
    ("de", "Mi., 22. Okt. bis Mo., 27. Okt."),
    ("de", "ab 22. Oktober für sechs Tage"),
]


@pytest.mark.parametrize(("language", "text"), RANGES)
def test_every_way_to_write_one_range(language: str, text: str) -> None:
    window = find_windows(text, TODAY, language)[-1]
    assert (window.start, window.end) == (dt.date(2025, 10, 22), dt.date(2025, 10, 27))
    assert (window.kind, window.open_side) == ("window", None)


NAMED = [
    ("en", "next weekend", "2025-10-25", "2025-10-26"),
    ("it", "il prossimo weekend", "2025-10-25", "2025-10-26"),
    ("it", "weekend prossimo", "2025-10-25", "2025-10-26"),
    ("de", "nächstes Wochenende", "2025-10-25", "2025-10-26"),
    ("de", "naechstes Wochenende", "2025-10-25", "2025-10-26"),
    ("en", "this weekend", "2025-10-18", "2025-10-19"),
    ("it", "nel fine settimana", "2025-10-18", "2025-10-19"),
    ("en", "this Saturday and Sunday", "2025-10-18", "2025-10-19"),
    ("en", "the weekend of 25 October", "2025-10-25", "2025-10-26"),
    ("en", "next week", "2025-10-20", "2025-10-26"),
    ("it", "la settimana scorsa", "2025-10-06", "2025-10-12"),
    ("de", "kommende Woche", "2025-10-20", "2025-10-26"),
    ("it", "settimana del 20 ottobre", "2025-10-20", "2025-10-26"),
    ("en", "the week starting 22 October", "2025-10-22", "2025-10-28"),
    ("de", "KW 43", "2025-10-20", "2025-10-26"),
    ("de", "KW 43-44", "2025-10-20", "2025-11-02"),
    ("en", "week 43", "2025-10-20", "2025-10-26"),
    ("it", "settimana 43", "2025-10-20", "2025-10-26"),
    ("en", "2025-W43", "2025-10-20", "2025-10-26"),
    ("en", "Black Friday week", "2025-11-24", "2025-11-30"),
    ("it", "la settimana del Black Friday", "2025-11-24", "2025-11-30"),
    ("en", "Black Friday", "2025-11-28", "2025-11-28"),
    ("en", "Black Friday 2026", "2026-11-27", "2026-11-27"),
    ("en", "from Black Friday to Cyber Monday", "2025-11-28", "2025-12-01"),
    ("en", "Christmas week", "2025-12-22", "2025-12-28"),
    ("en", "tomorrow", "2025-10-16", "2025-10-16"),
    ("de", "übermorgen", "2025-10-17", "2025-10-17"),
    ("it", "ieri", "2025-10-14", "2025-10-14"),
    ("de", "morgen bis Sonntag", "2025-10-16", "2025-10-19"),
    ("en", "from Friday to Sunday", "2025-10-17", "2025-10-19"),
    ("en", "in the first week of November", "2025-11-01", "2025-11-07"),
    ("de", "letzte Woche im Oktober", "2025-10-25", "2025-10-31"),
    ("it", "prima quindicina di novembre", "2025-11-01", "2025-11-15"),
    ("de", "zweite Hälfte November", "2025-11-16", "2025-11-30"),
    ("en", "the first two weeks of November", "2025-11-01", "2025-11-14"),
    ("en", "the rest of the month", "2025-10-15", "2025-10-31"),
    ("en", "last 30 days", "2025-09-15", "2025-10-14"),
    ("it", "ultimi 7 giorni", "2025-10-08", "2025-10-14"),
    ("de", "nächsten zwei Wochen", "2025-10-16", "2025-10-29"),
    ("en", "last 3 months", "2025-07-01", "2025-09-30"),
    ("en", "Q4 2025", "2025-10-01", "2025-12-31"),
    ("en", "last quarter", "2025-07-01", "2025-09-30"),
    ("en", "in 2024", "2024-01-01", "2024-12-31"),
    ("it", "quest'anno", "2025-01-01", "2025-12-31"),
    ("en", "year to date", "2025-01-01", "2025-10-15"),
    ("de", "seit 1. Oktober", "2025-10-01", "2025-10-15"),
    ("en", "28 Oct - 3 Nov", "2025-10-28", "2025-11-03"),
    ("en", "28 Dec - 3 Jan", "2025-12-28", "2026-01-03"),
    ("de", "29.12.-4.1.", "2025-12-29", "2026-01-04"),
    ("en", "28 December 2026 to 3 January 2027", "2026-12-28", "2027-01-03"),
    ("en", "28 Dec - 3 Jan 2027", "2026-12-28", "2027-01-03"),
    ("it", "ottobre-novembre", "2025-10-01", "2025-11-30"),
    ("de", "22./23. Oktober", "2025-10-22", "2025-10-23"),
    ("it", "il 25 e 26 ottobre", "2025-10-25", "2025-10-26"),
    ("en", "on 22 October", "2025-10-22", "2025-10-22"),
]


@pytest.mark.parametrize(("language", "text", "start", "end"), NAMED)
def test_named_periods_and_single_days(language: str, text: str, start: str, end: str) -> None:
    windows = find_windows(text, TODAY, language)
    assert [(str(w.start), str(w.end)) for w in windows] == [(start, end)]


MONTHS = [
    ("en", "October", "2025-10"),
    ("it", "ottobre 2025", "2025-10"),
    ("de", "im Dezember", "2025-12"),
    ("en", "next month", "2025-11"),
    ("it", "il mese scorso", "2025-09"),
    ("de", "diesen Monat", "2025-10"),
    ("en", "10/2025", "2025-10"),
    ("en", "2025-10", "2025-10"),
    ("en", "last October", "2024-10"),
    ("it", "ottobre scorso", "2024-10"),
    ("en", "in May", "2026-05"),
    ("en", "for Dec", "2025-12"),
    ("en", "January", "2026-01"),
]


@pytest.mark.parametrize(("language", "text", "month"), MONTHS)
def test_whole_months(language: str, text: str, month: str) -> None:
    (window,) = find_windows(text, TODAY, language)
    assert window.kind == "month"
    assert f"{window.start:%Y-%m}" == month
    assert window.start.day == 1
    assert (window.end + dt.timedelta(days=1)).day == 1


def test_a_month_and_a_window_are_both_returned() -> None:
    text = "We are behind the October sales target, plan something from 22 to 27 October"
    month, window = find_windows(text, TODAY, "en")
    assert (month.kind, text[slice(*month.text_span)]) == ("month", "October")
    assert (window.kind, text[slice(*window.text_span)]) == ("window", "22 to 27 October")


@pytest.mark.parametrize(
    ("text", "today", "prefer", "start"),
    [
        # For planning: the coming one, unless the last one is hardly over.
        ("15-20 September", TODAY, "future", "2025-09-15"),
        ("15-20 March", TODAY, "future", "2026-03-15"),
        ("1-20 October", TODAY, "future", "2025-10-01"),
        ("5-10 January", dt.date(2025, 12, 10), "future", "2026-01-05"),
        ("20-30 December", dt.date(2026, 1, 5), "future", "2025-12-20"),
        # Looking back: the newest that has begun.
        ("November", TODAY, "past", "2024-11-01"),
        ("October", TODAY, "past", "2025-10-01"),
        ("15-20 March", TODAY, "past", "2025-03-15"),
        ("on Friday", TODAY, "past", "2025-10-10"),
    ],
)
def test_where_a_date_without_a_year_belongs(
    text: str, today: dt.date, prefer: str, start: str
) -> None:
    (window,) = find_windows(text, today, "en", "past" if prefer == "past" else "future")
    assert str(window.start) == start


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "from 27 to 22 October"),
        ("it", "dal 27 al 22 ottobre"),
        ("de", "27.-22. Oktober"),
        ("en", "2025-10-27 to 2025-10-22"),
    ],
)
def test_a_range_upside_down_is_not_swapped(language: str, text: str) -> None:
    (window,) = find_windows(text, TODAY, language)
    assert (window.start, window.end) == (dt.date(2025, 10, 27), dt.date(2025, 10, 22))


@pytest.mark.parametrize(
    ("language", "text", "sentence"),
    [
        ("en", "30 February", "February 2026 has 28 days"),
        ("en", "29 February", "February 2026 has 28 days"),
        ("en", "from 28 to 31 November", "November 2025 has 30 days"),
        ("it", "il 31 novembre 2025", "novembre 2025 ha 30 giorni"),
        ("de", "31.11.2025", "November 2025 hat 30 Tage"),
        ("de", "KW 60", "2025 hat keine Kalenderwoche 60"),
        ("en", "2025-13-01", "no month 13"),
    ],
)
def test_a_date_that_no_calendar_has_is_refused(language: str, text: str, sentence: str) -> None:
    with pytest.raises(InvalidDateError, match=sentence):
        find_windows(text, TODAY, language)


def test_the_leap_day_exists_in_a_leap_year() -> None:
    (window,) = find_windows("29 February 2028", TODAY, "en")
    assert window.start == dt.date(2028, 2, 29)


@pytest.mark.parametrize(
    "text",
    [
        "at most 20% off",
        "margin above 18.5 %",
        "3M behind",
        "1,5 Mio",
        "1.234.567,89 €",
        "55 inch TVs",
        "raise TV from 15 to 20",
        "at most 3 departments",
        "May I ask something",
        "set 20 as the cap",
        "we march on",
        "support 24/7",
        "option 2",
        "a gap of 1.5 to 2.5 million",
    ],
)
def test_other_numbers_are_no_dates(text: str) -> None:
    assert find_windows(text, TODAY, "en") == []


@pytest.mark.parametrize(
    ("language", "text", "side"),
    [
        ("en", "from 22 October", "end"),
        ("de", "ab 22. Oktober", "end"),
        ("en", "start on 22 October", "end"),
        ("it", "tra una settimana", "end"),
        ("en", "until 22 October", "start"),
        ("en", "extend it to 22 October", "start"),
        ("it", "entro il 22 ottobre", "start"),
    ],
)
def test_half_a_window_says_which_end_is_missing(language: str, text: str, side: str) -> None:
    (window,) = find_windows(text, TODAY, language)
    assert window.open_side == side
    assert window.start == window.end == dt.date(2025, 10, 22)


def test_two_ranges_stay_two() -> None:
    windows = find_windows("move it from 22-27 Oct to 24-29 October", TODAY, "en")
    assert [(w.start.day, w.end.day) for w in windows] == [(22, 27), (24, 29)]


@pytest.mark.parametrize(
    ("language", "text", "start", "end"),
    [
        ("en", "shift it by a week", 7, 7),
        ("en", "two days earlier", -2, -2),
        ("it", "spostala di 3 giorni", 3, 3),
        ("it", "una settimana dopo", 7, 7),
        ("de", "um zwei Tage verschieben", 2, 2),
        ("de", "eine Woche früher", -7, -7),
        ("en", "start two days later", 2, 0),
        ("it", "parti un giorno prima", -1, 0),
        ("en", "three days longer", 0, 3),
        ("it", "allungala di 2 giorni", 0, 2),
        ("it", "un giorno in meno", 0, -1),
        ("de", "um eine Woche verlängern", 0, 7),
        ("de", "zwei Tage kürzer", 0, -2),
    ],
)
def test_shifts(language: str, text: str, start: int, end: int) -> None:
    assert find_shift(text, language) == Shift(start, end)


@pytest.mark.parametrize("text", ["20% off", "more sales", "mehr Umsatz", "più vendite"])
def test_no_shift(text: str) -> None:
    assert find_shift(text, "en") is None


_FULL_FORMATS = {
    "en": (
        "{0:%Y-%m-%d} to {1:%Y-%m-%d}",
        "{0:%Y-%m-%d}..{1:%Y-%m-%d}",
        "from {0:%d/%m/%Y} to {1:%d/%m/%Y}",
        "[d MMMM yyyy] - [d MMMM yyyy]",
        "[MMMM d, yyyy] to [MMMM d, yyyy]",
        "[d MMM yyyy] until [d MMM yyyy]",
    ),
    "it": (
        "dal {0:%d/%m/%Y} al {1:%d/%m/%Y}",
        "dal [d MMMM yyyy] al [d MMMM yyyy]",
        "tra il [d MMMM yyyy] e il [d MMMM yyyy]",
        "[d MMM yyyy]-[d MMM yyyy]",
    ),
    "de": (
        "{0:%d.%m.%Y}-{1:%d.%m.%Y}",
        "vom [d. MMMM yyyy] bis [d. MMMM yyyy]",
        "vom [d. MMMM yyyy] bis zum [d. MMMM yyyy]",
        "[d. MMM yyyy] \u2013 [d. MMM yyyy]",
    ),
}
_YEARLESS_FORMATS = {
    "en": ("[d MMM] - [d MMM]", "from [MMMM d] to [MMMM d]", "{0:%d/%m} - {1:%d/%m}"),
    "it": ("dal [d MMMM] al [d MMMM]", "dal {0:%d/%m} al {1:%d/%m}"),
    "de": ("vom [d. MMMM] bis [d. MMMM]", "{0:%d.%m.}-{1:%d.%m.}"),
}


def _rendered(pattern: str, language: str, dates: tuple[dt.date, dt.date]) -> str:
    """Fill `{0}` and `{1}` as strftime, `[...]` as a CLDR pattern of babel."""
    text = pattern.format(*dates)
    for date in dates:
        if "[" in text:
            before, rest = text.split("[", 1)
            cldr, after = rest.split("]", 1)
            text = before + format_date(date, cldr, locale=language) + after
    return text


def _formats(formats: dict[str, tuple[str, ...]]) -> st.SearchStrategy[tuple[str, str]]:
    return st.sampled_from([(lang, f) for lang, patterns in formats.items() for f in patterns])


@given(
    form=_formats(_FULL_FORMATS),
    start=st.dates(dt.date(2025, 1, 1), dt.date(2026, 12, 31)),
    days=st.integers(0, 365),
)
def test_a_written_range_is_read_back(form: tuple[str, str], start: dt.date, days: int) -> None:
    language, pattern = form
    end = start + dt.timedelta(days=days)
    windows = find_windows(_rendered(pattern, language, (start, end)), TODAY, language)
    assert [(w.start, w.end) for w in windows] == [(start, end)]


@given(form=_formats(_YEARLESS_FORMATS), ahead=st.integers(0, 120), days=st.integers(0, 150))
def test_a_coming_range_is_read_back_without_its_year(
    form: tuple[str, str], ahead: int, days: int
) -> None:
    language, pattern = form
    start = TODAY + dt.timedelta(days=ahead)
    end = start + dt.timedelta(days=days)
    windows = find_windows(_rendered(pattern, language, (start, end)), TODAY, language)
    assert [(w.start, w.end) for w in windows] == [(start, end)]


@given(ahead=st.integers(0, 300), language=st.sampled_from(["en", "it", "de"]))
def test_a_month_is_read_back(ahead: int, language: str) -> None:
    day = TODAY + dt.timedelta(days=ahead)
    text = format_date(day, "LLLL yyyy", locale=language)
    (window,) = find_windows(text, TODAY, language)
    assert (window.kind, window.start) == ("month", day.replace(day=1))


@pytest.mark.parametrize(
    ("language", "text", "start", "end"),
    [
        # Easter Sunday is 5 April 2026; Whit Monday 25 May 2026 (tables of the churches).
        ("en", "for Easter", "2026-04-03", "2026-04-06"),
        ("it", "settimana di Pasqua", "2026-03-30", "2026-04-05"),
        ("de", "am Osterwochenende", "2026-04-03", "2026-04-06"),
        ("de", "zu Pfingsten", "2026-05-23", "2026-05-25"),
        ("de", "in der Woche vor Weihnachten", "2025-12-15", "2025-12-21"),
        ("it", "il weekend prima di Natale", "2025-12-20", "2025-12-21"),
        ("en", "the week after Christmas", "2025-12-29", "2026-01-04"),
        ("it", "ponte dell'Immacolata", "2025-12-06", "2025-12-08"),
        ("it", "ferragosto 2026", "2026-08-15", "2026-08-15"),
        ("de", "Tag der Deutschen Einheit 2026", "2026-10-03", "2026-10-03"),
        ("en", "mid-November", "2025-11-11", "2025-11-20"),
        ("de", "Anfang November", "2025-11-01", "2025-11-10"),
        ("it", "a fine mese di ottobre, cioè a fine ottobre", "2025-10-21", "2025-10-31"),
        ("de", "erste Novemberwoche", "2025-11-01", "2025-11-07"),
    ],
)
def test_feasts_and_stretches_of_a_month(language: str, text: str, start: str, end: str) -> None:
    window = find_windows(text, TODAY, language)[-1]
    assert (str(window.start), str(window.end), window.kind) == (start, end, "window")


def test_christmas_alone_is_no_window() -> None:
    assert find_windows("a Christmas campaign for TV", TODAY, "en") == []
