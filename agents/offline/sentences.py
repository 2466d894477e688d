"""The sentences that understanding itself must say, in the three languages."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_SENTENCES: Mapping[str, Mapping[str, str]] = {
    "no_such_day": {
        "en": "{written} is not a date: {month} has {days} days. Give a day from 1 to {days}.",
        "it": "{written} non è una data: {month} ha {days} giorni. Indica un giorno da 1 a {days}.",
        "de": "{written} ist kein Datum: {month} hat {days} Tage. Nenne einen Tag von 1 bis {days}.",
    },
    "no_such_month": {
        "en": "{written} is not a date: there is no month {month}. Write it as YYYY-MM-DD.",
        "it": "{written} non è una data: il mese {month} non esiste. Scrivila come AAAA-MM-GG.",
        "de": "{written} ist kein Datum: einen Monat {month} gibt es nicht. Schreib JJJJ-MM-TT.",
    },
    "no_such_week": {
        "en": "{year} has no calendar week {week}. Give a week from 1 to {weeks}.",
        "it": "Il {year} non ha una settimana {week}. Indica una settimana da 1 a {weeks}.",
        "de": "{year} hat keine Kalenderwoche {week}. Nenne eine Woche von 1 bis {weeks}.",
    },
    "end_before_start": {
        "en": "The window ends on {end}, before it starts on {start}: swap the two dates.",
        "it": "Il periodo finisce il {end}, prima dell'inizio il {start}: scambia le due date.",
        "de": "Das Zeitfenster endet am {end}, vor seinem Beginn am {start}: tausche die Daten.",
    },
    "window_past": {
        "en": "The window {start} to {end} is over (today is {today}): give one that lies ahead.",
        "it": "Il periodo dal {start} al {end} è passato (oggi è il {today}): indicane uno futuro.",
        "de": "Das Zeitfenster {start} bis {end} ist vorbei (heute ist {today}): nenne ein künftiges.",
    },
    "window_started": {
        "en": "The window {start} to {end} has already begun (today is {today}): start it today or "
        "later.",
        "it": "Il periodo dal {start} al {end} è già iniziato (oggi è il {today}): fallo partire da "
        "oggi in poi.",
        "de": "Das Zeitfenster {start} bis {end} läuft schon (heute ist {today}): lass es heute "
        "oder später beginnen.",
    },
    "several_windows": {
        "en": "Several windows are named ({windows}): say which one is meant.",
        "it": "Sono indicati più periodi ({windows}): di' quale intendi.",
        "de": "Es sind mehrere Zeitfenster genannt ({windows}): sag, welches gemeint ist.",
    },
    "cap_range": {
        "en": "A discount of {value} % is not possible: give a depth above 0 and up to 100 %.",
        "it": "Uno sconto del {value} % non è possibile: indica un valore sopra 0 e fino a 100 %.",
        "de": "Ein Rabatt von {value} % ist nicht möglich: nenne einen Wert über 0 bis 100 %.",
    },
    "depth_above_cap": {
        "en": "The depth of {value} % is above the cap of {cap} %: lower it or raise the cap.",
        "it": "Lo sconto del {value} % supera il massimo del {cap} %: abbassalo o alza il massimo.",
        "de": "Der Rabatt von {value} % liegt über der Grenze von {cap} %: senke ihn oder hebe die "
        "Grenze an.",
    },
    "floor_impossible": {
        "en": "A margin of {value} % of sales cannot be reached: give a floor below 100 %.",
        "it": "Un margine del {value} % delle vendite è irraggiungibile: indica un minimo sotto il "
        "100 %.",
        "de": "Eine Marge von {value} % vom Umsatz ist unerreichbar: nenne eine Untergrenze unter "
        "100 %.",
    },
    "in_and_out": {
        "en": "{department} is both asked for and excluded: name it once.",
        "it": "{department} è sia richiesto sia escluso: nominalo una volta sola.",
        "de": "{department} ist zugleich gewünscht und ausgeschlossen: nenne es nur einmal.",
    },
    "unknown_department": {
        "en": "There is no department {unknown}. The departments are: {known}.",
        "it": "Il reparto {unknown} non esiste. I reparti sono: {known}.",
        "de": "Eine Abteilung {unknown} gibt es nicht. Die Abteilungen sind: {known}.",
    },
    "unknown_segment": {
        "en": "There is no customer segment for {unknown}. The segments are: {known}.",
        "it": "Non c'è un segmento di clienti per {unknown}. I segmenti sono: {known}.",
        "de": "Für {unknown} gibt es kein Kundensegment. Die Segmente sind: {known}.",
    },
    "too_few_departments": {
        "en": "{named} departments are named but at most {maximum} allowed: drop some or raise the "
        "limit.",
        "it": "Sono indicati {named} reparti ma al massimo {maximum} ammessi: togline o alza il "
        "limite.",
        "de": "{named} Abteilungen sind genannt, aber höchstens {maximum} erlaubt: streiche welche "
        "oder erhöhe die Grenze.",
    },
    "ask_window": {
        "en": "From which day to which day should the promotion run?",
        "it": "Da che giorno a che giorno deve durare la promozione?",
        "de": "Von welchem bis zu welchem Tag soll die Aktion laufen?",
    },
    "ask_window_month": {
        "en": "On which days of {month} should the promotion run, from and to?",
        "it": "In quali giorni di {month} deve durare la promozione, dal e al?",
        "de": "An welchen Tagen im {month} soll die Aktion laufen, von und bis?",
    },
    "ask_end": {
        "en": "The promotion starts on {start}: what is its last day?",
        "it": "La promozione inizia il {start}: qual è l'ultimo giorno?",
        "de": "Die Aktion beginnt am {start}: welcher ist ihr letzter Tag?",
    },
    "ask_start": {
        "en": "The promotion ends on {end}: what is its first day?",
        "it": "La promozione finisce il {end}: qual è il primo giorno?",
        "de": "Die Aktion endet am {end}: welcher ist ihr erster Tag?",
    },
    "none": {"en": "none", "it": "nessuno", "de": "keine"},
}


def say(name: str, language: str, **values: object) -> str:
    """Return one sentence of the catalogue, filled in; a missing value is a KeyError."""
    return _SENTENCES[name][language].format_map(values)
