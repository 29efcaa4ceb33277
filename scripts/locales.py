"""Writes formats/assets/locales.toml and formats/assets/territories/*.toml from the Unicode CLDR, as Babel packages it.

    pip install babel==2.18.0 && python scripts/locales.py

Run it when a locale is added; published statements keep their bytes only as long as these files keep theirs.
"""

import json
import pathlib

import babel
from babel import Locale

TAGS = ["de-DE", "en-GB", "en-US", "es-ES", "fr-FR", "it-IT", "ja-JP", "nl-NL", "pt-BR", "sv-SE"]
LANGUAGES = ["de", "en", "es", "fr", "ja", "pt"]
ASSETS = pathlib.Path(__file__).parent.parent / "formats" / "assets"


def text(value):
    return json.dumps(value, ensure_ascii=False)


def date(locale):
    """`d. MMMM y` as `{d}. {month} {y}`."""
    pattern = locale.date_formats["long"].pattern
    out, quoted, at = "", False, 0
    names = [("MMMM", "{month}"), ("M", "{m}"), ("d", "{d}"), ("y", "{y}")]
    while at < len(pattern):
        if pattern[at] == "'":
            quoted, at = not quoted, at + 1
            continue
        found = None if quoted else next((pair for pair in names if pattern.startswith(pair[0], at)), None)
        out += found[1] if found else pattern[at]
        at += len(found[0]) if found else 1
    return out


def locales():
    lines = [f"# How numbers and dates are written, from CLDR (Babel {babel.__version__}); made by scripts/locales.py."]
    for tag in TAGS:
        locale = Locale.parse(tag, sep="-")
        symbols = locale.number_symbols["latn"]
        percent = locale.percent_formats[None].pattern.replace("#,##0", "{}")
        months = [locale.months["format"]["wide"][month] for month in range(1, 13)]
        lines += [
            "",
            f"[{tag}]",
            f"decimal_mark = {text(symbols['decimal'])}",
            f"group_mark = {text(symbols['group'])}",
            f"percent = {text(percent)}",
            f"date = {text(date(locale))}",
            f"months = {text(months)}",
        ]
    # Statements of before there were locales say `en`; they must come out the same for ever.
    english = [line for line in lines[lines.index("[en-GB]") : lines.index("[en-US]") - 1]]
    english[0] = "[en]"
    english[3] = 'percent = "{}\u00a0%"'
    (ASSETS / "locales.toml").write_text("\n".join(lines + [""] + english) + "\n")


def territories():
    english = Locale.parse("en").territories
    codes = sorted(code for code in english if len(code) == 2 and code.isalpha() and code not in ("EU", "EZ", "UN", "XA", "XB"))
    for language in LANGUAGES:
        names = Locale.parse(language).territories
        lines = [f"# Names of territories, from CLDR (Babel {babel.__version__}); made by scripts/locales.py."]
        lines += [f"{code} = {text(names[code])}" for code in codes if code in names]
        (ASSETS / "territories" / f"{language}.toml").write_text("\n".join(lines) + "\n")


locales()
territories()
