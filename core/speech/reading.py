"""How a name is read aloud that is written otherwise: "Dr. Frost", "Hall & Oates", "Rocky IV", "Room 305", "MEG BAUER".

Abbreviations, numbers, numerals and signs are what Sproat et al. 2001, "Normalization of non-standard words", call so.
What is written as it is said, and letters such as "UB" and "JFK", stay as they are.
"""

import re
from collections.abc import Iterator

Reading = tuple[str, ...]
"""For each word of `text.split()` the words that are said; nothing for a sign that nobody says."""

MOST_READINGS = 3
LONGEST_NUMBER = 15  # digits; nobody says a longer one
_DIGITS = frozenset("0123456789")
_MEANINGFUL = re.compile(r"[^\W_]|[&+%#@]")
_AROUND = re.compile(r"^[^\w&+#@$£€'’]+|[^\w&+%@'’]+$")  # noqa: RUF001
_PARTS = re.compile(
    r"[0-9]{1,3}(?:,[0-9]{3}){1,3}(?![0-9])|[0-9]{1,9}(?:st|nd|rd|th)\b|[0-9]+(?:['’]?s\b)?"  # noqa: RUF001
    r"|[&+%#@]|[^\W0-9_]+(?:['’][^\W0-9_]+)*"  # noqa: RUF001
)
_DIGIT_OR_SIGN = re.compile(r"[0-9&+%#@]")
_LEFT_ALONE = re.compile(r"[0-9][:./][0-9]|[$£€]")  # times, decimals, fractions and sums of money
_ROMAN = re.compile(r"X{0,3}(?:IX|IV|V?I{0,3})")
_ROMAN_DIGITS = {"I": 1, "V": 5, "X": 10}
_AND = frozenset({"&", "+", "n'", "'n'", "'n", "n’", "’n’", "’n"})  # noqa: RUF001
_SIGNS = {"&": "and", "%": "percent", "@": "at"}
_BEFORE = {  # stands before a name; a word by itself only with its point
    **{"dr": "doctor", "prof": "professor", "sgt": "sergeant", "lt": "lieutenant", "capt": "captain"},
    **{"gen.": "general", "col.": "colonel", "rev.": "reverend", "hon.": "honorable", "sr.": "sister"},
    **{"mt": "mount", "ft": "fort", "st": "saint", "ste.": "sainte", "apt": "apartment", "hwy": "highway"},
    **{"rte": "route", "dept": "department", "bldg": "building"},
}
_BEHIND = {  # stands behind one
    **{"jr": "junior", "sr": "senior", "bros": "brothers", "inc.": "incorporated", "co.": "company", "ltd": "limited"},
    **{"st": "street", "dr": "drive", "ave.": "avenue", "blvd": "boulevard", "rd": "road", "hwy": "highway"},
    **{"ln": "lane", "pkwy": "parkway", "sq.": "square", "apt": "apartment", "dept": "department", "bldg": "building"},
}
_NUMBER = {"no.": "number", "nos.": "numbers"}
_CAPITALS = re.compile(r"[^\W\d_a-z]+(?:['’-][^\W\d_a-z]+)*")  # noqa: RUF001
_VOWEL = re.compile(r"[AEIOUY]|[^\x00-\x7f]")
LEAST_IN_CAPITALS = 5  # letters of a word that is no abbreviation; 3 where the whole name is in capitals
_VERSUS = frozenset({"v", "v.", "vs", "vs."})
_REMARK = re.compile(
    r"\A[0-9]{1,3} ?[.)-] |[(\[{][^)\]}]*[)\]}]?| [-–—|] .*| (?:[Ff]eat\.|ft\.|[Ff]eaturing) .*"  # noqa: RUF001
)
_SHORT = frozenset(word for table in (_BEFORE, _BEHIND, _VERSUS) for word in table)


def read_aloud(text: str) -> tuple[Reading, ...]:
    """The ways to read a text, likeliest first; one where it is said as it is written. The first is what texts are
    compared by.
    """
    words = text.split()
    options = [
        (word,) if _is_ordinary(word) else tuple(dict.fromkeys(_read(words, place))) for place, word in enumerate(words)
    ]
    count = min(MOST_READINGS, max(map(len, options), default=1))
    return tuple(tuple(of_word[min(way, len(of_word) - 1)] for of_word in options) for way in range(count))


def leave_out_remarks(name: str) -> str:
    """The name without what a list adds to tell it apart and few people say: "Nightjar (Live)", "Ellis Tan - Plumber",
    "01. Orison Blue feat. Tamsin Ray"; the whole where nothing else is left.
    """
    return " ".join(_REMARK.sub(" ", name).split()) or name


def _is_ordinary(word: str) -> bool:
    """Whether it is certainly said as it is written, as nearly all are."""
    return word.isalpha() and (len(word) == 1 or word[1:].islower()) and word.casefold() not in _SHORT


def _read(words: list[str], place: int) -> Iterator[str]:
    """How the word in that place may be read, likeliest first."""
    written = words[place]
    bare = _AROUND.sub("", written)
    before, behind = place > 0, place + 1 < len(words)
    if before and behind and bare.casefold() in _AND:
        yield "and"
    elif before and behind and written.casefold() in _VERSUS:
        yield "versus"
    elif written.casefold() in _NUMBER and behind and words[place + 1][:1].isdigit():
        yield _NUMBER[written.casefold()]
    elif before and len(bare) > 1 and _ROMAN.fullmatch(bare):
        yield _say_number(_read_roman(bare))
        yield f"the {_say_ordinal(_read_roman(bare))}"
    elif _is_in_parts(bare):
        yield from _read_parts(bare)
    elif meanings := _expand(written, before, behind):
        yield from meanings
    elif _is_shouted(bare, among_capitals=len(words) > 1 and " ".join(words).isupper()):
        yield written.title().replace("'S", "'s")
    else:
        yield written if _MEANINGFUL.search(written) else ""


def _expand(written: str, before: bool, behind: bool) -> list[str]:
    """What an abbreviation stands for. In the middle, behind one word and before another, it may be either."""
    short = written.rstrip(",;:!?)").casefold()
    tables = [table for table, fits in ((_BEHIND, before), (_BEFORE, behind)) if fits]
    return [meaning for table in tables if (meaning := table.get(short) or table.get(short.removesuffix(".")))]


def _is_shouted(word: str, among_capitals: bool) -> bool:
    """Whether it is a word in capitals, as address books have them, and no letters that are said one by one."""
    least = 3 if among_capitals else LEAST_IN_CAPITALS
    return len(word) >= least and bool(_CAPITALS.fullmatch(word) and _VOWEL.search(word)) and word.isupper()


def _is_in_parts(word: str) -> bool:
    return bool(_DIGIT_OR_SIGN.search(word)) and not _LEFT_ALONE.search(word)


def _read_parts(word: str) -> Iterator[str]:
    """A word of letters, digits and signs; some numbers may be read in two ways."""
    parts = _PARTS.findall(word)
    ways = [_read_part(part, "".join(parts[place + 1 :])) for place, part in enumerate(parts)]
    for way in range(max(map(len, ways), default=0)):
        yield " ".join(of_part[min(way, len(of_part) - 1)] for of_part in ways).strip()


def _read_part(part: str, rest: str) -> tuple[str, ...]:
    """One of them, given what follows: a plus between letters is an "and", and "#" a number before one."""
    if part == "+":
        return ("and" if any(map(str.isalnum, rest)) else "plus",)
    if part == "#":
        return ("number" if rest[:1] in _DIGITS else "",)
    if part in _SIGNS:
        return (_SIGNS[part],)
    if part[0] not in _DIGITS or part.endswith("s") or len(part) > LONGEST_NUMBER:
        return (part,)  # of "80s" the dictionary's rules know enough
    if _DIGITS.issuperset(part):
        return _read_digits(part)
    digits = part.rstrip("stndrh").replace(",", "")
    return (_say_number(int(digits)) if "," in part else _say_ordinal(int(digits)),)


def _read_digits(digits: str) -> tuple[str, ...]:
    """As a number; of three digits or four also as rooms and years are said, "three oh five", "nineteen eighty"; one by
    one where there are more, or they begin with 0.
    """
    if len(digits) > 4 or digits[0] == "0":
        return (" ".join(_say_number(int(digit)) for digit in digits),)
    number = _say_number(int(digits))
    if len(digits) < 3 or digits.endswith(("000", "00")[len(digits) == 3]):
        return (number,)
    first, last = int(digits[:-2]), int(digits[-2:])
    end = "hundred" if last == 0 else f"oh {_say_number(last)}" if last < 10 else _say_number(last)
    in_pairs = f"{_say_number(first)} {end}"
    return (number, in_pairs) if len(digits) == 3 or (first == 20 and last < 10) else (in_pairs, number)


def _read_roman(numeral: str) -> int:
    values = [_ROMAN_DIGITS[letter] for letter in numeral]
    return sum(-one if one < other else one for one, other in zip(values, [*values[1:], 0], strict=True))


def _say_number(number: int) -> str:
    """The American way, without "and": "one hundred five"."""
    from hibari.g2p.numbers import cardinal  # noqa: PLC0415 - half a second

    return " ".join(word for word in re.findall(r"[a-z]+", cardinal(number)) if word != "and")


def _say_ordinal(number: int) -> str:
    from hibari.g2p.numbers import ordinal  # noqa: PLC0415 - half a second

    return " ".join(word for word in re.findall(r"[a-z]+", ordinal(number)) if word != "and")
