"""Templates for Group Policy, generated from the table of settings: ADMX with ADML, and classic ADM.

Shape after Microsoft's PolicyDefinitions schema (revision 1.0) and the classic .adm grammar. Each policy writes the
templates' version beside its value, by which a console knows an old import (N27).
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Final
from xml.etree import ElementTree as ET

from rosterkeeper.launcher.policy import REGISTRY_PATH, VERSION_VALUE
from rosterkeeper.launcher.settings import OFF, ON, ROOT_CATEGORY, SETTINGS, TEMPLATES, Page, Setting, Type
from rosterkeeper.launcher.spanish import SPANISH

NAMESPACE: Final = "http://schemas.microsoft.com/GroupPolicy/2006/07/PolicyDefinitions"
SCOPES: Final = ("Machine", "User")
LANGUAGES: Final = ("en-US", "es-ES")
_ROOT: Final = "NSS_Tutor_Settings"
_SUPPORTED: Final = "SUPPORTED_Console"
_SUPPORTED_SAYS: Final = f"Rosterkeeper teacher's console {TEMPLATES} or later"
_REVISION: Final = ".".join(TEMPLATES.split(".")[:2])
_MANAGED: Final = tuple(each for each in SETTINGS if each.has_policy)


def write_templates(folder: Path) -> list[Path]:
    """Write every template into the folder, language files in folders of their own; returns what was written."""
    written = []
    for name, data in templates().items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        written.append(path)
    return written


def templates() -> dict[str, bytes]:
    """Every template by its path."""
    found: dict[str, bytes] = {}
    for scope in SCOPES:
        name = f"RK_Tutor_{scope}"
        found[f"{name}.admx"] = _document(_definitions(scope))
        for language in LANGUAGES:
            found[f"{language}/{name}.adml"] = _document(_resources(language))
        # The policy editor reads classic templates with Windows line ends.
        found[f"{name}.adm"] = "\r\n".join([*_classic(scope), ""]).encode("ascii")
    return found


def _document(root: ET.Element) -> bytes:
    ET.indent(root, "  ")
    body: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return body + b"\n"


def _definitions(scope: str) -> ET.Element:
    root = ET.Element("policyDefinitions", xmlns=NAMESPACE, revision=_REVISION, schemaVersion="1.0")
    spaces = ET.SubElement(root, "policyNamespaces")
    ET.SubElement(spaces, "target", prefix="rk", namespace=f"Rosterkeeper.Policies.Tutor.{scope}")
    ET.SubElement(root, "resources", minRequiredRevision=_REVISION)
    supported = ET.SubElement(ET.SubElement(root, "supportedOn"), "definitions")
    ET.SubElement(supported, "definition", name=_SUPPORTED, displayName=_string(_SUPPORTED))
    categories = ET.SubElement(root, "categories")
    ET.SubElement(categories, "category", name=_ROOT, displayName=_string(_ROOT))
    for page in Page:
        category = ET.SubElement(categories, "category", name=page.name, displayName=_string(page.name))
        ET.SubElement(category, "parentCategory", ref=_ROOT)
    policies = ET.SubElement(root, "policies")
    for setting in _MANAGED:
        _policy(policies, setting, scope)
    return root


def _policy(policies: ET.Element, setting: Setting, scope: str) -> None:
    policy = ET.SubElement(
        policies,
        "policy",
        name=setting.key,
        attrib={"class": scope},
        displayName=_string(setting.key),
        explainText=_string(f"{setting.key}_help"),
        key=REGISTRY_PATH,
    )
    ET.SubElement(policy, "parentCategory", ref=setting.page.name)
    ET.SubElement(policy, "supportedOn", ref=_SUPPORTED)
    # The order of these is the schema's.
    if setting.type is Type.SWITCH:
        policy.set("valueName", setting.key)
        for name, value in (("enabledValue", ON), ("disabledValue", OFF)):
            ET.SubElement(ET.SubElement(policy, name), "string").text = value
    for name in ("enabledList", "disabledList")[: 2 if setting.type is Type.SWITCH else 1]:
        item = ET.SubElement(ET.SubElement(policy, name), "item", key=REGISTRY_PATH, valueName=VERSION_VALUE)
        ET.SubElement(ET.SubElement(item, "value"), "string").text = TEMPLATES
    if setting.type is Type.SWITCH:
        return
    policy.set("presentation", f"$(presentation.{setting.key})")
    elements = ET.SubElement(policy, "elements")
    if setting.type is Type.TEXT:
        ET.SubElement(elements, "text", id=setting.key, valueName=setting.key, required="true")
        return
    enum = ET.SubElement(elements, "enum", id=setting.key, valueName=setting.key, required="true")
    for choice in setting.choices:
        item = ET.SubElement(enum, "item", displayName=_string(f"{setting.key}_{choice.value}"))
        ET.SubElement(ET.SubElement(item, "value"), "string").text = choice.value


def _resources(language: str) -> ET.Element:
    root = ET.Element("policyDefinitionResources", xmlns=NAMESPACE, revision=_REVISION, schemaVersion="1.0")
    ET.SubElement(root, "displayName").text = _said("Rosterkeeper teacher's console", language)
    ET.SubElement(root, "description").text = TEMPLATES
    resources = ET.SubElement(root, "resources")
    table = ET.SubElement(resources, "stringTable")
    for key, text in _strings():
        ET.SubElement(table, "string", id=key).text = _said(text, language)
    presentations = ET.SubElement(resources, "presentationTable")
    for setting in _MANAGED:
        if setting.type is Type.SWITCH:
            continue
        presentation = ET.SubElement(presentations, "presentation", id=setting.key)
        label = _said(setting.name, language)
        if setting.type is Type.CHOICE:
            ET.SubElement(presentation, "dropdownList", refId=setting.key, noSort="true").text = label
        else:
            ET.SubElement(ET.SubElement(presentation, "textBox", refId=setting.key), "label").text = label
    return root


def _strings() -> Iterator[tuple[str, str]]:
    """Every text of the templates with its id."""
    yield _SUPPORTED, _SUPPORTED_SAYS
    yield _ROOT, ROOT_CATEGORY
    for page in Page:
        yield page.name, page.value
    for setting in _MANAGED:
        yield setting.key, setting.name
        yield f"{setting.key}_help", setting.help
        for choice in setting.choices:
            yield f"{setting.key}_{choice.value}", choice.name


def _classic(scope: str) -> Iterator[str]:
    yield f"; Rosterkeeper teacher's console, templates {TEMPLATES}"
    yield f"CLASS {scope.upper()}"
    yield f"CATEGORY !!{_ROOT}"
    for page in Page:
        yield f"  CATEGORY !!{page.name}"
        for setting in _MANAGED:
            if setting.page is page:
                yield from _classic_policy(setting)
        yield "  END CATEGORY"
    yield "END CATEGORY"
    yield ""
    yield "[strings]"
    for key, text in _strings():
        if key != _SUPPORTED:
            yield f'{key}="{text}"'


def _classic_policy(setting: Setting) -> Iterator[str]:
    stamp = f'      VALUENAME "{VERSION_VALUE}" VALUE "{TEMPLATES}"'
    yield f"    POLICY !!{setting.key}"
    yield f'      KEYNAME "{REGISTRY_PATH}"'
    yield f"      EXPLAIN !!{setting.key}_help"
    if setting.type is Type.SWITCH:
        yield f'      VALUENAME "{setting.key}"'
        yield f'      VALUEON "{ON}"'
        yield f'      VALUEOFF "{OFF}"'
    for name in ("ACTIONLISTON", "ACTIONLISTOFF")[: 2 if setting.type is Type.SWITCH else 1]:
        yield f"      {name}"
        yield f"  {stamp}"
        yield f"      END {name}"
    if setting.type is not Type.SWITCH:
        kind = "DROPDOWNLIST" if setting.type is Type.CHOICE else "EDITTEXT"
        yield f"      PART !!{setting.key} {kind} REQUIRED"
        yield f'        VALUENAME "{setting.key}"'
        if setting.choices:
            yield "        ITEMLIST"
            for choice in setting.choices:
                yield f'          NAME !!{setting.key}_{choice.value} VALUE "{choice.value}"'
            yield "        END ITEMLIST"
        yield "      END PART"
    yield "    END POLICY"


def _string(key: str) -> str:
    return f"$(string.{key})"


def _said(text: str, language: str) -> str:
    return text if language == "en-US" else SPANISH[text]
