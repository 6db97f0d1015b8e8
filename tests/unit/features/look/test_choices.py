"""The options of a select, of which a district may have thousands."""

from rosterkeeper.features.look.templatetags.look import choices


def test_options_are_escaped_and_the_chosen_one_is_selected() -> None:
    pairs = [("1:a&b", "O'Neill <High>"), ('1:"', "Élan")]
    assert choices(pairs, '1:"') == (
        '<option value="1:a&amp;b">O&#x27;Neill &lt;High&gt;</option><option value="1:&quot;" selected>Élan</option>'
    )
    assert choices([], "") == ""
