"""The templates for Group Policy: whole, well formed, and of today's table of settings."""

import re
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from rosterkeeper.launcher.policy import REGISTRY_PATH, VERSION_VALUE
from rosterkeeper.launcher.settings import SETTINGS, TEMPLATES, Type
from rosterkeeper.launcher.templates import NAMESPACE, templates, write_templates

ALL = templates()
MANAGED = {each.key: each for each in SETTINGS if each.has_policy}
# What the schema lets follow each other in a policy, in this order.
ORDER = ("parentCategory", "supportedOn", "enabledValue", "disabledValue", "enabledList", "disabledList", "elements")
CONTROLS = {"text": "textBox", "enum": "dropdownList"}
SCOPE = pytest.mark.parametrize("scope", ["Machine", "User"])
LANGUAGE = pytest.mark.parametrize("language", ["en-US", "es-ES"])


def _root(name: str) -> ET.Element:
    """A document without its namespace, which every element must have."""
    root = ET.fromstring(ALL[name])
    for each in root.iter():
        assert each.tag.startswith(f"{{{NAMESPACE}}}"), each.tag
        each.tag = each.tag.removeprefix(f"{{{NAMESPACE}}}")
    return root


def _required(element: ET.Element, *names: str) -> None:
    assert [name for name in names if not element.get(name)] == [], (element.tag, element.attrib)


@SCOPE
@pytest.mark.covers("N25")
def test_definitions_have_what_the_schema_demands_in_its_order(scope: str) -> None:
    root = _root(f"RK_Tutor_{scope}.admx")
    assert root.tag == "policyDefinitions"
    _required(root, "revision", "schemaVersion")
    assert re.fullmatch(r"\d{1,5}\.\d{1,5}", root.get("revision", ""))
    assert [each.tag for each in root] == ["policyNamespaces", "resources", "supportedOn", "categories", "policies"]
    target = root.find("policyNamespaces/target")
    assert target is not None
    assert target.get("namespace", "").endswith(scope)
    categories = {each.get("name") for each in root.iterfind("categories/category")}
    supported = {each.get("name") for each in root.iterfind("supportedOn/definitions/definition")}
    for above in root.iterfind("categories/category/parentCategory"):
        assert above.get("ref") in categories
    policies = root.findall("policies/policy")
    assert [each.get("name") for each in policies] == list(MANAGED)
    for policy in policies:
        _required(policy, "name", "class", "displayName", "explainText", "key")
        assert policy.get("class") == scope
        assert not policy.get("key", "").startswith(("HK", "\\"))
        tags = [each.tag for each in policy]
        assert tags == sorted(set(tags), key=ORDER.index)
        parent, on = policy.find("parentCategory"), policy.find("supportedOn")
        assert parent is not None
        assert on is not None
        assert parent.get("ref") in categories
        assert on.get("ref") in supported


@SCOPE
@LANGUAGE
@pytest.mark.covers("N25")
def test_every_text_and_presentation_that_definitions_name_is_in_the_language_file(scope: str, language: str) -> None:
    definitions = _root(f"RK_Tutor_{scope}.admx")
    resources = _root(f"{language}/RK_Tutor_{scope}.adml")
    assert [each.tag for each in resources] == ["displayName", "description", "resources"]
    strings = {each.get("id"): each.text for each in resources.iterfind("resources/stringTable/string")}
    shown = {each.get("id"): each for each in resources.iterfind("resources/presentationTable/presentation")}
    named = re.findall(r"\$\(string\.(\w+)\)", ALL[f"RK_Tutor_{scope}.admx"].decode())
    assert set(named) == set(strings)
    assert all(strings.values())
    for policy in definitions.iterfind("policies/policy"):
        elements = policy.find("elements")
        if elements is None:
            assert policy.get("presentation") is None
            continue
        presentation = shown.pop(str(policy.get("name")))
        assert policy.get("presentation") == f"$(presentation.{presentation.get('id')})"
        assert [(CONTROLS[each.tag], each.get("id")) for each in elements] == [
            (each.tag, each.get("refId")) for each in presentation
        ]
    assert shown == {}


@SCOPE
@pytest.mark.covers("N25", "N26", "N27")
def test_a_policy_writes_its_value_and_the_templates_version(scope: str) -> None:
    definitions = _root(f"RK_Tutor_{scope}.admx")
    for policy in definitions.iterfind("policies/policy"):
        setting = MANAGED[str(policy.get("name"))]
        assert policy.get("key") == REGISTRY_PATH
        stamped = {each.tag for each in policy if each.find(f"item[@valueName='{VERSION_VALUE}']") is not None}
        assert [each.text for each in policy.iterfind(".//item[@valueName='templates']/value/string")] == [
            TEMPLATES
        ] * len(stamped)
        if setting.type is Type.SWITCH:
            assert policy.get("valueName") == setting.key
            assert stamped == {"enabledList", "disabledList"}
            continue
        (element,) = policy.findall("elements/*")
        assert element.get("valueName") == setting.key
        assert stamped == {"enabledList"}
        assert [each.text for each in element.iterfind("item/value/string")] == [each.value for each in setting.choices]
    mode = MANAGED["student_selection_mode"]
    assert (
        *_path(definitions, mode.key),
        next(each.name for each in mode.choices if each.value == "sis"),
    ) == ("NSS Tutor Settings", "Student Selection", "Student Selection Mode", "Connect to SIS")


def _path(definitions: ET.Element, key: str) -> tuple[str, str, str]:
    """The words that lead to a policy in the editor, in English."""
    strings = {str(each.get("id")): str(each.text) for each in _root("en-US/RK_Tutor_Machine.adml").iter("string")}
    parent = definitions.find(f"policies/policy[@name='{key}']/parentCategory")
    assert parent is not None
    above = definitions.find(f"categories/category[@name='{parent.get('ref')}']/parentCategory")
    assert above is not None
    return strings[str(above.get("ref"))], strings[str(parent.get("ref"))], strings[key]


@SCOPE
@pytest.mark.covers("N25")
def test_classic_templates_nest_end_and_name_only_texts_that_they_have(scope: str) -> None:
    text = ALL[f"RK_Tutor_{scope}.adm"].decode("ascii")
    body, _, strings = text.partition("[strings]")
    open_blocks: list[str] = []
    values: list[str] = []
    for line in filter(None, (each.strip() for each in body.split("\r\n"))):
        words = re.findall(r'"[^"]*"|\S+', line)
        if words[0] == "END":
            assert open_blocks.pop() == words[1]
        elif words[0] in ("CATEGORY", "POLICY", "PART", "ITEMLIST", "ACTIONLISTON", "ACTIONLISTOFF"):
            open_blocks.append(words[0])
        elif words[0] == "VALUENAME" and "ACTIONLIST" not in open_blocks[-1]:
            values.append(words[1].strip('"'))
        else:
            assert words[0] in (";", "CLASS", "KEYNAME", "EXPLAIN", "VALUENAME", "VALUEON", "VALUEOFF", "NAME"), line
    assert open_blocks == []
    assert sorted(values) == sorted(MANAGED)
    assert f"CLASS {scope.upper()}\r\n" in body
    told = dict(re.findall(r'^(\w+)="([^"]*)"\r$', strings, re.MULTILINE))
    assert set(re.findall(r"!!(\w+)", body)) == set(told)


def test_a_control_is_told_by_its_setting(tmp_path: Path) -> None:
    written = write_templates(tmp_path / "deep" / "folder")
    assert {str(each.relative_to(tmp_path / "deep" / "folder")) for each in written} == set(ALL)
    assert (tmp_path / "deep" / "folder" / "RK_Tutor_User.admx").read_bytes() == ALL["RK_Tutor_User.admx"]
