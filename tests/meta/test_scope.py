"""No page and no call looks a thing up without the one who reads: what is another district's is unknown to them."""

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.meta.tree import parsed, place, python_files

# What belongs to a district by itself, or by its connection.
OF_DISTRICTS = {
    "Connection",
    "District",
    "Run",
    "Order",
    "State",
    "AppliedRun",
    "StoredSchedule",
    "Account",
    "ApiToken",
    "Entry",
    "Target",
    "Event",
    "Delivery",
    "Person",
    "DirectoryAccount",
    "Group",
}
# By one of these, which a look-up in sight has given before, or by whose person it is.
BOUND = {"connection_id", "district_id", "district", "run_id", "provider", "person_uid"}
# Asked by somebody who has not signed in, and told nothing either way: a forgotten password.
ALLOWED = {"src/rosterkeeper/features/accounts/pages.py"}
_WAYS = {"filter", "get", "all", "exclude", "order_by", "in_bulk", "first", "values_list", "select_related"}


def _has_views(path: Path) -> bool:
    marked = (
        decorator.func.id
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.FunctionDef)
        for decorator in node.decorator_list
        if isinstance(decorator, ast.Call) and isinstance(decorator.func, ast.Name)
    )
    return "needs" in marked


def _model_of(call: ast.Call) -> str:
    """The model that a call asks: of ``Model.objects.filter(…)`` and of ``get_object_or_404(Model, …)``."""
    match call.func:
        case ast.Attribute(
            attr=way, value=ast.Attribute(attr="objects" | "_default_manager", value=ast.Name(id=model))
        ):
            return model if way in _WAYS else ""
        case ast.Name(id="get_object_or_404") if call.args and isinstance(call.args[0], ast.Name):
            return call.args[0].id
    return ""


def _unbound(path: Path) -> Iterator[str]:
    for node in ast.walk(parsed(path)):
        if not isinstance(node, ast.Call) or _model_of(node) not in OF_DISTRICTS:
            continue
        # A queryset that is handed to what narrows it is none that was looked up.
        if not BOUND & {keyword.arg or "" for keyword in node.keywords} and node not in _narrowed(path):
            yield place(path, node.lineno)


def _narrowed(path: Path) -> list[ast.AST]:
    """All that stands within a call of what narrows to the districts in sight."""
    calls = (
        node
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in ("within", "of_connections")
    )
    return [inner for call in calls for inner in ast.walk(call)]


def test_no_module_of_pages_or_calls_looks_things_up_by_itself() -> None:
    modules = [path for path in python_files("src") if _has_views(path)]
    assert len(modules) > 20
    found = [each for path in modules if place(path) not in ALLOWED for each in _unbound(path)]
    assert not found, "ask features/connections/scope.py or its like for:\n" + "\n".join(found)
