"""A list of accounts is taken over by a command: looked at, applied, held where many are gone, refused."""

from pathlib import Path

from tests.installation import Installation

HEAD = "username,email,last name\n"


def test_a_list_is_looked_at_applied_held_and_confirmed(database: Installation, tmp_path: Path) -> None:
    many, one = tmp_path / "many.csv", tmp_path / "one.csv"
    many.write_text(HEAD + "".join(f"u{n},u{n}@north.example,Moss\n" for n in range(20)))
    one.write_text(HEAD + "u1,u1@north.example,King\nu1,other@north.example,Queen\n")
    upload = ("people", "upload", "--district", "default")

    looked = database.run(*upload, many, "--preview", "--json").ok().object
    assert (looked["applied"], looked["new"]) == (False, 20)
    assert database.run(*upload, many, "--json").ok().object["new"] == 20
    assert database.run(*upload, many, "--json").ok().object["unchanged"] == 20

    held = database.run(*upload, one)
    assert held.code == 3
    assert "add --confirm-gone" in held.err
    added = database.run(*upload, one, "--additions-only").ok()
    assert "directory.listed_twice  1" in added.out
    assert database.run(*upload, one, "--confirm-gone", "--json").ok().object["gone"] == 19
    assert list((database.configuration.artifacts / "directories").iterdir()) == []


def test_what_names_no_account_is_refused_until_a_column_is_named(database: Installation, tmp_path: Path) -> None:
    strange = tmp_path / "strange.csv"
    strange.write_text("Anmeldename;Farbe\nada;gelb\n")
    refused = database.run("people", "upload", strange, "--district", "default", "--json")
    assert (refused.code, refused.object["error"]["code"]) == (2, "people.columns")
    named = database.run("people", "upload", strange, "--district", "default", "--column", "username=Anmeldename")
    assert named.ok().out.splitlines()[1].split() == ["1", "0", "0", "0", "0", "0"]
    wrong = database.run("people", "upload", strange, "--district", "default", "--column", "username")
    assert (wrong.code, "people.column_form" in wrong.err) == (2, True)
