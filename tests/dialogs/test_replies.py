import html as markup
import re

from hypothesis import given
from hypothesis import strategies as st

from dialogs.clean import clean
from dialogs.replies import BOLD_OFF, BOLD_ON, ISOLATE_OFF, ISOLATE_ON, MARKS, bare, bold, html, plain, quoted

WRITTEN = st.text(st.characters() | st.sampled_from("<>&\"'*\n\ue000\ue001\ue002\ue003\ue004\u2068\u2069")).map(
    lambda text: clean(text).text
)
TAGS = re.compile(r"</?(?:strong|bdi)>|<br>")


@given(WRITTEN)
def test_what_a_person_wrote_cannot_become_markup(text: str) -> None:
    shown = html(text)
    assert not set(shown.replace("<br>", "")) & set("<>\"'")
    assert not re.search(r"&(?!amp;|lt;|gt;|quot;|#x27;)", shown)
    assert markup.unescape(shown.replace("<br>", "\n")) == text


@given(WRITTEN)
def test_what_a_person_wrote_is_shown_unchanged_where_there_is_no_markup(text: str) -> None:
    assert plain(text) == bare(text) == text


@given(WRITTEN)
def test_a_persons_words_are_isolated_and_every_tag_is_closed(text: str) -> None:
    shown = html(quoted(text))
    assert (shown.count("<bdi>"), shown.count("</bdi>")) == (1, 1)
    assert plain(quoted(text)) == f"\u2068{text}\u2069"
    assert bare(quoted(text)) == text


@given(st.text())
def test_bold_in_a_curated_text_opens_and_closes(text: str) -> None:
    written = clean(text).text
    shown = html(bold(f"**Obs** {written}"))
    assert shown.startswith("<strong>Obs</strong>")
    assert shown.count("<strong>") == shown.count("</strong>")
    assert not set(TAGS.sub("", shown)) & set("<>")


def test_bold_marks_words_between_double_stars_only() -> None:
    assert bold("a **b c** d") == f"a {BOLD_ON}b c{BOLD_OFF} d"
    assert bold("2 * 3 ** 4") == "2 * 3 ** 4"
    assert plain(bold("a **b** c")) == bare(bold("a **b** c")) == "a b c"


def test_no_mark_of_ours_survives_in_what_a_person_writes() -> None:
    assert clean(f"{BOLD_ON}x{BOLD_OFF}{ISOLATE_ON}y{ISOLATE_OFF}\ue004").text == "xy"
    assert set(MARKS) == {BOLD_ON, BOLD_OFF, ISOLATE_ON, ISOLATE_OFF}
