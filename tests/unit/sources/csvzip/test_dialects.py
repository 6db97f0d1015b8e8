"""Packages that differ from the standard in ways that can be read safely: each difference is told, none is guessed."""

from pathlib import Path

import pytest

from tests.unit.sources.csvzip.zips import ROWS, Content, Reading, manifest, orgs, package, read, zipped

_V1P0 = {
    "orgs": "sourcedId,status,dateLastModified,name,type,identifier,metadata.boarding,parentSourcedId\n"
    "s1,,,North,school,,no,\n",
    "academicSessions": "sourcedId,status,dateLastModified,title,type,startDate,endDate,parentSourcedId\n"
    "t1,,,Fall,term,2015-08-15,2015-12-20,\n",
    "courses": "sourcedId,status,dateLastModified,schoolYearId,metadata.duration,title,courseCode,grade,orgSourcedId,"
    "subjects\nk1,,,t1,,Algebra,A,9,s1,\n",
    "classes": "sourcedId,status,dateLastModified,title,grade,courseSourcedId,classCode,classType,location,"
    "schoolSourcedId,termSourcedId,subjects\nc1,,,Algebra A,9,k1,,scheduled,,s1,t1,\n",
    "users": "sourcedId,status,dateLastModified,orgSourcedIds,role,username,userId,givenName,familyName,identifier,"
    "email,sms,phone,agents\nu1,inactive,,s1,teacher,one,x,Given,Family,,,,,\n",
    "enrollments": "sourcedId,classSourcedId,schoolSourcedId,userSourcedId,role,status,dateLastModified,primary\n"
    "e1,c1,s1,u1,teacher,,,true\n",
    "demographics": "userSourcedId,status,dateLastModified,birthdate,sex,americanIndianOrAlaskaNative,asian,"
    "blackOrAfricanAmerican,nativeHawaiianOrOtherPacificIslander,white,demographicRaceTwoOrMoreRaces,"
    "hispanicOrLatinoEthnicity,countryOfBirthCode,stateOfBirthAbbreviation,cityOfBirth,publicSchoolResidenceStatus\n"
    "u1,,,,Male,,,,,,,,,,,\n",
}
_V1P2_USERS = (
    "sourcedId,status,dateLastModified,enabledUser,username,userIds,givenName,familyName,middleName,identifier,email,"
    "sms,phone,agentSourcedIds,grades,password,userMasterIdentifier,{}preferredGivenName,preferredMiddleName,"
    "preferredFamilyName,primaryOrgSourcedId,pronouns\n"
)
_ROLES = (
    "sourcedId,status,dateLastModified,userSourcedId,roleType,role,beginDate,endDate,orgSourcedId,"
    "userProfileSourcedId\nr1,,,u1,primary,teacher,,,s1,\n"
)


def _without_manifest(tmp_path: Path, contents: dict[str, str]) -> Reading:
    return read(zipped(tmp_path / "roster.zip", {f"{name}.csv": text for name, text in contents.items()}), tmp_path)


@pytest.mark.covers("N06")
def test_1_0_has_no_manifest_and_its_own_column_names(tmp_path: Path) -> None:
    reading = _without_manifest(tmp_path, _V1P0)
    fetched = reading.whole()
    assert (fetched.version, set(fetched.collections), fetched.nested_roles) == ("1.0", set(_V1P0), True)
    assert reading.deviations == set()
    (course,), (one,), (user,) = reading.rows["courses"], reading.rows["classes"], reading.rows["users"]
    assert (course["school_year_sourced_id"], course["grades"]) == ("t1", '["9"]')
    assert (one["term_sourced_ids"], user["user_ids"]) == ('["t1"]', '["x"]')
    assert reading.rows["demographics"][0]["sourced_id"] == "u1"
    assert reading.rows["orgs"][0]["metadata"] == '{"boarding":"no"}'


def test_1_0_may_lack_demographics(tmp_path: Path) -> None:
    reading = _without_manifest(tmp_path, {name: text for name, text in _V1P0.items() if name != "demographics"})
    assert "demographics" not in reading.whole().collections


@pytest.mark.covers("N38")
@pytest.mark.parametrize("missing", ["users", "orgs", "enrollments"])
def test_1_0_without_one_of_its_files_is_refused_naming_it(missing: str, tmp_path: Path) -> None:
    reading = _without_manifest(tmp_path, {name: text for name, text in _V1P0.items() if name != missing})
    assert reading.refused().code == "package.missing_manifest"
    assert f"{missing}.csv" in reading.refused().what


def test_files_of_1_2_without_a_manifest_are_not_1_0(tmp_path: Path) -> None:
    reading = _without_manifest(tmp_path, {**ROWS, "roles": _ROLES})
    assert reading.refused().code == "package.missing_manifest"


def test_1_2_roles_come_from_their_own_file(tmp_path: Path) -> None:
    users = _V1P2_USERS.format("") + "u1,,,true,one,,Given,Family" + "," * 14 + "\n"
    reading = read(package(tmp_path / "r.zip", version="1.2", users=users, roles=_ROLES), tmp_path)
    assert (reading.whole().nested_roles, reading.codes) == (False, set())
    assert reading.rows["roles"][0]["user_sourced_id"] == "u1"


def test_the_column_that_1_2_1_took_away_is_no_deviation(tmp_path: Path) -> None:
    users = _V1P2_USERS.format("resourceSourcedIds,") + "u1,,,true,one,,Given,Family" + "," * 15 + "\n"
    reading = read(package(tmp_path / "r.zip", version="1.2", users=users, roles=_ROLES), tmp_path)
    assert reading.whole().version == "1.2"
    assert reading.deviations == set()


def test_1_2_users_without_roles_csv_say_their_roles_only_when_they_have_the_column(tmp_path: Path) -> None:
    plain = _V1P2_USERS.format("") + "u1,,,true,one,,Given,Family" + "," * 14 + "\n"
    flat = read(package(tmp_path / "flat.zip", version="1.2", users=ROWS["users"]), tmp_path)
    new = read(package(tmp_path / "new.zip", version="1.2", users=plain), tmp_path)
    assert (flat.whole().nested_roles, new.whole().nested_roles) == (True, False)
    assert "schema.other_version" in flat.codes


USERS: dict[str, tuple[str, str, Content]] = {
    "an older name": ("schema.column_alias", "agentSourcedIds", ROWS["users"].replace("agentSourcedIds", "agents")),
    "orgs": ("schema.column_alias", "orgSourcedIds", ROWS["users"].replace("orgSourcedIds", "orgs")),
    "grade": ("schema.column_alias", "grades", ROWS["users"].replace("grades", "grade")),
    "another case": ("schema.column_alias", "givenName", ROWS["users"].replace("givenName", "GivenName")),
    "a column of its own": ("schema.unknown_column", "homeroom", ROWS["users"].replace("password", "homeroom")),
    "a column that looks like data": ("schema.unknown_column", "column 18", ROWS["users"].replace("password", "a@b.c")),
    "a blank column": ("schema.unknown_column", "column 18", ROWS["users"].replace("password", "")),
    "a missing column": ("schema.missing_optional_column", "sms", ROWS["users"].replace("sms", "mobile")),
    "another order": (
        "schema.column_order",
        "",
        ROWS["users"].replace("givenName,familyName", "familyName,givenName"),
    ),
}


@pytest.mark.parametrize("name", USERS)
def test_a_header_that_differs_is_read_with_a_note(name: str, tmp_path: Path) -> None:
    code, field, content = USERS[name]
    reading = read(package(tmp_path / "roster.zip", users=content), tmp_path)
    assert reading.whole().collections["users"].rows == 2
    assert (1, "users", field) in [(each.row, each.entity, each.field) for each in reading.of(code)]


def test_columns_are_matched_by_name_whatever_their_order(tmp_path: Path) -> None:
    reading = read(
        package(tmp_path / "roster.zip", orgs=orgs("school,North,s1", header="type,name,sourcedId")), tmp_path
    )
    (row,) = reading.rows["orgs"]
    assert (row["sourced_id"], row["name"], row["type"], row["identifier"]) == ("s1", "North", "school", None)


def test_a_withheld_column_never_takes_the_place_of_its_own_name(tmp_path: Path) -> None:
    text = orgs("s1,,,North,school,,,alias", header=ROWS["orgs"].split("\n")[0] + ",Org")
    reading = read(package(tmp_path / "roster.zip", orgs=text), tmp_path)
    assert reading.rows["orgs"][0]["name"] == "North"


@pytest.mark.covers("N05")
def test_files_in_one_folder_are_read_with_a_note(tmp_path: Path) -> None:
    files = {"export/manifest.csv": manifest(orgs="bulk"), "export/orgs.csv": ROWS["orgs"], "export/readme.txt": "hi"}
    reading = read(zipped(tmp_path / "roster.zip", files), tmp_path)
    assert reading.whole().collections["orgs"].rows == 1
    assert reading.codes == {"package.file_in_folder", "package.ignored_entry"}


def test_files_in_two_folders_are_refused(tmp_path: Path) -> None:
    files = {"manifest.csv": manifest(orgs="bulk"), "old/orgs.csv": ROWS["orgs"]}
    assert read(zipped(tmp_path / "roster.zip", files), tmp_path).refused().code == "package.unknown_file"


def test_file_names_in_another_case_are_read_with_a_note(tmp_path: Path) -> None:
    files = {"Manifest.csv": manifest(orgs="bulk"), "ORGS.CSV": ROWS["orgs"]}
    reading = read(zipped(tmp_path / "roster.zip", files), tmp_path)
    assert reading.whole().collections["orgs"].place == "ORGS.CSV"
    assert [finding.file for finding in reading.of("package.file_name_case")] == ["Manifest.csv", "ORGS.CSV"]


@pytest.mark.parametrize("extra", ["__MACOSX/._orgs.csv", "._orgs.csv", ".DS_Store", "readme.pdf", "docs/"])
def test_what_is_no_csv_file_is_passed_over(extra: str, tmp_path: Path) -> None:
    files: dict[str, Content] = {"manifest.csv": manifest(orgs="bulk"), "orgs.csv": ROWS["orgs"], extra: b""}
    reading = read(zipped(tmp_path / "roster.zip", files), tmp_path)
    assert reading.whole().collections["orgs"].rows == 1
    assert reading.deviations == set()


FORMATS: dict[str, tuple[str, dict[str, str]]] = {
    "Microsoft v1": (
        "Microsoft School Data Sync v1",
        dict.fromkeys(("School", "Section", "Student", "Teacher", "StudentEnrollment"), "SIS ID\n1\n"),
    ),
    "Microsoft v2": (
        "Microsoft School Data Sync v2",
        {
            "orgs": "sourcedId,name,type,parentSourcedId\n",
            "users": "sourcedId,orgSourcedIds,givenName\n",
            "classes": "sourcedId,orgSourcedId,title\n",
            "enrollments": "classSourcedId,userSourcedId,role\n",
        },
    ),
    "Microsoft v2.1": (
        "Microsoft School Data Sync v2.1",
        {
            "orgs": "sourcedId,name,type,parentSourcedId\n",
            "users": "sourcedId,username,givenName\n",
            "roles": "userSourcedId,orgSourcedId,role,sessionSourcedId,grade,isPrimary\n",
        },
    ),
    "Clever": ("Clever", dict.fromkeys(("schools", "students", "teachers", "sections"), "School_id\n1\n")),
    "Clever, two files": ("Clever", {"students": "School_id,Student_id\n1,2\n", "schools": "School_id\n1\n"}),
    "Apple": (
        "Apple School Manager",
        dict.fromkeys(("students", "staff", "courses", "classes", "rosters", "locations"), "person_id\n1\n"),
    ),
}


@pytest.mark.covers("N38")
@pytest.mark.parametrize("name", FORMATS)
def test_another_format_is_refused_by_its_name(name: str, tmp_path: Path) -> None:
    says, contents = FORMATS[name]
    refusal = _without_manifest(tmp_path, contents).refused()
    assert refusal.code == "package.other_format"
    assert f"format of {says}," in refusal.what
