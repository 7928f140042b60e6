"""What people write is made safe to keep: nothing hidden survives, personal numbers are masked, meaning stays."""

import random
import unicodedata
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialogs.clean import MASKS, Cleaned, clean, visible
from tests.content import dialog_files, knowledge_files
from tests.effort import least_seconds

NASTY = st.text(
    st.characters() | st.sampled_from("\n\r\u2028 \t\u200d\ufe0f\u0301\u20dd👩💻🏽❤1\u20e3\ud800\U000e0067\ue000")
)


@given(NASTY)
def test_any_text_can_be_cleaned_and_nothing_hidden_is_left(text: str) -> None:
    shown = visible(text)
    assert not {unicodedata.category(char) for char in shown.replace("\n", "")} & {"Cc", "Cs", "Co"}
    assert shown == shown.strip()
    assert "\n\n\n" not in shown


@given(NASTY)
def test_cleaning_twice_is_cleaning_once(text: str) -> None:
    assert visible(visible(text)) == visible(text)
    assert clean(clean(text).text).text == clean(text).text


@pytest.mark.parametrize("hidden", list("\x00\x07\x7f\x9b\u202e\u2066\u2067\u2068\u2069\u200e\u061c"))
def test_controls_and_direction_marks_disappear(hidden: str) -> None:
    assert visible(f"Mode{hidden}rator") == "Moderator"


@pytest.mark.parametrize(
    "hidden",
    list(
        "\u200b\u200c\u200d\u2060\ufeff\u00ad\ufe0f\ufe01\u034f\u3164\u115f\U000e0041\U000e0101\ue000\ue002\ue004"
        "\U000f0000\ud800\udfff"
    ),
)
def test_a_word_with_something_invisible_in_it_is_the_word(hidden: str) -> None:
    assert visible(f"gles{hidden}bygd") == "glesbygd"
    assert visible(f"{hidden}glesbygd{hidden}") == "glesbygd"


@pytest.mark.parametrize("between", ["", "\u200b", "\u200d", "\u202e", "\ufe0f", "\u034f", "\ue000"])
def test_a_flood_of_marks_is_stopped_whatever_is_put_between_them(between: str) -> None:
    flood = "Hej" + ("\u0301" * 4 + between) * 500
    assert len(visible(flood)) <= 3 + 4


def test_breaks_of_any_kind_become_lines_and_an_empty_line_stays_one() -> None:
    assert visible("a\r\nb\rc\u2028d\u2029e\x0bf\x85g") == "a\nb\nc\nd\ne\nf\ng"
    assert visible("\n\n a  \n\n\n\n b \n") == "a\n\n b"


@pytest.mark.parametrize(
    "emoji", ["👩‍💻", "👩🏽‍🚒", "👨‍👩‍👧‍👦", "❤️", "❤️‍🔥", "🏳️‍🌈", "🇸🇪", "1️⃣", "👍🏿", "🤷🏼‍♀️", "🫨", "🩷", "ℹ️", "🙂‍↔️", "©️"]
)
def test_an_emoji_is_kept_whole(emoji: str) -> None:
    assert visible(f"Tack {emoji} för hjälpen") == f"Tack {emoji} för hjälpen"


@pytest.mark.parametrize(
    "words",
    [
        "Åsa åt räksmörgås på Öland. Är det \"glest\" – eller 'tätt' här? 50 % & 3 < 4",
        "Tiếng Việt: Nguyễn Thị Hường, Đặng, người ở nông thôn",
        "Hyvää päivää, mitä kuuluu? Äkäslompolo",
        "Sámi: čáhci, đ, ŋ, š, ŧ, ž – Jåhkåmåhkke, Ájtte, Gïelem",
        "Привет, где магазин? مرحبا أين المتجر؟ שלום",
        "ยินดีต้อนรับ हिन्दी 村の店はどこ 한국어",
    ],
)
def test_everybodys_letters_survive(words: str) -> None:
    assert visible(words) == unicodedata.normalize("NFC", words)
    decomposed = unicodedata.normalize("NFD", words)
    assert visible(decomposed) == decomposed


def _luhn_digit(digits: str) -> str:
    doubled = [int(digit) * (2 - index % 2) for index, digit in enumerate(reversed(digits))]
    return str(-sum(value // 10 + value % 10 for value in doubled) % 10)


def _birth_numbers(chance: random.Random) -> list[str]:
    """One person's number in every usual shape; every second person has a samordningsnummer, one in five a slip."""
    year, month, day = chance.randint(1918, 2016), chance.randint(1, 12), chance.randint(1, 28)
    short = f"{year % 100:02}{month:02}{day + chance.choice((0, 60)):02}"
    first = f"{chance.randint(0, 999):03}"
    right = _luhn_digit(short + first)
    last = first + (right if chance.random() < 0.8 else str((int(right) + 1) % 10))
    long = str(year)[:2] + short
    iso = f"{long[:4]}-{long[4:6]}-{long[6:]}"
    return [
        *(
            f"{start}{mark}{last}"
            for start in (short, long)
            for mark in ("-", "+", " ", "", " - ", "–", "\u00a0", "\u2011")
        ),
        f"{iso}-{last}",
        f"{iso} {first}{right}",
        f"{long[:4]} {long[4:6]} {long[6:]} {last}",
        f"{short[:2]} {short[2:4]} {short[4:]} - {last}",
        f"{short[:2]}-{short[2:4]}-{short[4:]}-{last}",
        f"{long[:2]} {short}-{last}",
    ]


def _phone_numbers(chance: random.Random) -> list[str]:
    """A mobile and landlines with one to three digits after the nought, as people group them."""
    found = []
    for area, sizes in (
        (f"7{chance.choice('02369')}", ((3, 2, 2), (7,), (3, 4), (2, 2, 3))),
        (f"7{chance.choice('02369')}{chance.randint(0, 9)}", ((2, 2, 2), (3, 3), (6,))),
        ("8", ((3, 2, 2), (2, 2, 2), (3, 3, 2), (7,), (6,))),
        (chance.choice(("31", "40", "90", "60", "18")), ((2, 2, 2), (3, 2, 2), (3, 2), (6,))),
        (chance.choice(("480", "970", "611", "950")), ((2, 2, 2), (3, 2), (5,))),
    ):
        for groups in sizes:
            parts = [str(chance.randint(3 * 10 ** (size - 1), 10**size - 1)) for size in groups]
            for gap in (" ", "\u00a0", "", "-", "."):
                rest = gap.join(parts)
                found += [
                    f"0{area}-{rest}",
                    f"0{area} {rest}",
                    f"0{area}/{rest}",
                    f"(0{area}) {rest}",
                    f"0{area}{rest}",
                ]
                found += [f"+46 {area} {rest}", f"+46{area}{rest}", f"+46 (0){area}-{rest}", f"0046 {area} {rest}"]
                found += [f"0046{area}{rest}", f"+46-{area}-{rest}", f"+46(0){area}{rest}", f"0{area} - {rest}"]
    return [*found, "+47 912 34 567", "+358 40 123 4567", "00 45 12 34 56 78", "46701234567", "46 70 123 45 67"]


def _card_numbers(chance: random.Random) -> list[str]:
    found = []
    for start, groups in (
        ("4", (4, 4, 4, 4)),
        ("51", (4, 4, 4, 4)),
        ("37", (4, 6, 5)),
        ("36", (4, 6, 4)),
        ("4", (4, 4, 4, 1)),
        ("6", (4, 4, 4, 4, 3)),
    ):
        body = start + "".join(chance.choices("0123456789", k=sum(groups) - len(start) - 1))
        number = body + _luhn_digit(body)
        parts = [number[sum(groups[:index]) : sum(groups[: index + 1])] for index in range(len(groups))]
        found += [gap.join(parts) for gap in (" ", "-", "", "\u00a0", " - ")]
    return [*found, "4111 1111 1111 1111 123"]


def _addresses(chance: random.Random) -> list[str]:
    name = chance.choice(("anna", "karl-erik.ståhl", "bo_2", "info+butik", "ÅSA"))
    host = chance.choice(("exempel", "min-by", "post.kommun"))
    ats = ("@", "(at)", "[at]", " (at) ", " [AT] ", " @ ", "(a)", " snabel-a ", "{at}", " ( at ) ")
    return [f"{name}{at}{host}{dot}se" for at in ats for dot in (".", "(dot)", " (punkt) ", "[dot]")]


def _numbers(make: Callable[[random.Random], list[str]], rounds: int) -> list[str]:
    chance = random.Random(47)
    return sorted({number for _ in range(rounds) for number in make(chance)})


ALL = {
    "personnummer": _numbers(_birth_numbers, 60),
    "telefonnummer": _numbers(_phone_numbers, 3),
    "kortnummer": _numbers(_card_numbers, 10),
    "e-post": _numbers(_addresses, 20),
}
FRAMES = ("{}", "Jag heter Bo och har {}, ring mig", "nr:{}.", "({})", "tel{}!", "Jag har {} hemma\noch 3 barn", "-{}-")


def test_there_are_at_least_five_hundred_different_numbers_to_hide() -> None:
    assert sum(map(len, ALL.values())) >= 500


@pytest.mark.parametrize("kind", ALL)
@pytest.mark.parametrize("frame", FRAMES)
def test_every_personal_number_is_masked_wherever_it_stands(kind: str, frame: str) -> None:
    leaked = [number for number in ALL[kind] if _left(frame, number)]
    assert leaked == []


def _left(frame: str, number: str) -> bool:
    """Whether more than the frame's own digits, or an address's name or host, is still to be read."""
    cleaned = clean(frame.format(number))
    own = sum(char.isdigit() for char in frame)
    return not cleaned.removed or sum(char.isdigit() for char in cleaned.text) > own or number in cleaned.text


def test_the_kind_is_said_and_the_words_around_stay() -> None:
    cleaned = clean(
        "Jag heter Åsa, 850709-9805, nås på 070-123 45 67 eller asa@exempel.se. Betalar med 4111 1111 1111 1111."
    )
    assert cleaned.removed == ("e-post", "kortnummer", "personnummer", "telefonnummer")
    assert (
        cleaned.text
        == "Jag heter Åsa, [personnummer], nås på [telefonnummer] eller [e-post]. Betalar med [kortnummer]."
    )


def test_two_numbers_beside_each_other_are_both_masked() -> None:
    for between in (" ", "/", ", ", " eller ", "\n", " / "):
        cleaned = clean(f"0701234567{between}0709876543")
        assert not any(char.isdigit() for char in cleaned.text), between


@pytest.mark.parametrize(
    "words",
    [
        "förordning 2000:284 och F-27",
        "200 till 3 000 hushåll, 142 miljoner, 1 000 000 000 kronor, 142 000 000 kr",
        "klockan 12.45, 08.30-16.00, 08:30–16:00, 0830-1600, 9-18",
        "2019–2023, 2020/21, 1990-2000 2010-2020",
        "den 2026-11-23 klockan 10.00, 05-11-2026, 05/11/2026, 23.05.2026-30.05.2026, 2024-10-10 – 2024-10-12",
        "postnummer 930 90 Arjeplog, 012 34, box 1234",
        "2026-05-12 10.00 och 2026-11-23 18.30",
        "99,5 procent av 10 452 326 personer, 0,5 mil och 1,25",
        "1177, 112, 11414, avsnitt 47, artikel 107.1, 1407/2013",
        "Möte @ 12.45 i bygdegården",
        "4111 1111 1111 1112 är inget kort",
    ],
)
def test_amounts_years_days_and_times_are_left_alone(words: str) -> None:
    assert clean(words) == Cleaned(words)


def test_at_most_one_in_a_hundred_shipped_lines_is_masked() -> None:
    lines = [line for _, text in (*knowledge_files(), *dialog_files()) for line in text.split("\n") if line.strip()]
    hit = [line for line in lines if clean(line).removed]
    assert len(lines) > 1000
    assert len(hit) <= len(lines) / 100


def test_what_the_owner_writes_is_left_as_written() -> None:
    for _, text in knowledge_files():
        for line in filter(None, map(str.strip, unicodedata.normalize("NFC", text).split("\n"))):
            assert visible(line) == line


HOSTILE = [
    "a", " ", "\n", "\t ", "0", "07", "1 ", "1-", "0701234567", "0 7 ", "+4 6", "(0) ", "850101-", "8 5 01 01 ",
    "4111 ", "a@", "a@a", "a@a.", "@", ".", "a.", "a-", "a(at)", "a (at) b (dot) ", " @ ", "[", "<", "{", "*", "\u0301",
    "a\u0301", "👩\u200d", "\u200d", "\ufe0f", "\ufdfa", "漢", "\u202e", "\ud800",
]  # fmt: skip


@pytest.mark.parametrize("piece", HOSTILE)
def test_a_hostile_message_costs_time_in_proportion_to_its_length(piece: str) -> None:
    """Twelve times the text may take 12 ** 1.2 = 20 times as long; a square would be 149, and noise gets a margin."""
    short, long = (piece * (size // len(piece)) for size in (4096, 50_000))
    enough = 40 * max(least_seconds(lambda: clean(short), 0.0005), 0.0005)
    assert least_seconds(lambda: clean(long), enough) < enough


def test_every_mask_is_named_once() -> None:
    assert len({name for name, _, _ in MASKS}) == len(MASKS)
