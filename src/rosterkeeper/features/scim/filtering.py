"""Filters and sorting of SCIM as conditions of the database: nothing is compared outside of it.

Compared are the columns as they stand; text without regard to case, except where its attribute is case-exact. '' is the
absence of a value. Of letters beyond ASCII, SQLite knows no other case in names; user names and e-mail addresses are
compared by their keys, which do.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from django.db import connection
from django.db.models import Case, Expression, F, JSONField, Q, QuerySet, TextField, Value, When
from django.db.models.expressions import OrderBy
from django.db.models.fields.json import KeyTextTransform, KeyTransform
from django.db.models.functions import Cast, Coalesce, Collate, Length, Lower, NullIf, Right, StrIndex, Substr
from django.db.models.lookups import Exact, GreaterThan, GreaterThanOrEqual, LessThan, LessThanOrEqual
from scim2_models import InvalidFilterException, InvalidPathException, SearchRequest
from scim2_models.path import (
    AttrPath,
    CompareOperator,
    Comparison,
    FilterVisitor,
    LogicalExpr,
    LogicalOperator,
    Not,
    Present,
    ScimFilter,
    ValuePath,
    coerce_value,
)

from rosterkeeper.features.scim import words
from rosterkeeper.features.scim.shapes import CORE, ENTERPRISE, GROUP, ROSTER
from rosterkeeper.matching.keys import lookup_key

_NOTHING: Final = Q(pk__in=())
# A NUL, and half of a character: no kept text holds one, and a database would not even be asked.
_NO_TEXT: Final = re.compile("[\0\ud800-\udfff]")
_ORDERS: Final = {
    CompareOperator.gt: GreaterThan,
    CompareOperator.ge: GreaterThanOrEqual,
    CompareOperator.lt: LessThan,
    CompareOperator.le: LessThanOrEqual,
}


@dataclass(frozen=True, slots=True)
class Text:
    """A text as the database holds it in the form in which it is compared; ``form`` makes that of what is asked for."""

    column: Expression | F
    form: Callable[[str], str]

    @property
    def present(self) -> Q:
        """Whether there is a value."""
        return ~Q(Exact(self.column, Value("")))

    @property
    def ordered(self) -> Expression | F:
        """The text by its letters' numbers, whatever the database's language."""
        return Collate(self.column, "C" if connection.vendor == "postgresql" else "BINARY")

    def compared(self, op: CompareOperator, value: Any) -> Q:
        """The condition that a value stands in a relation to another; None as the value is none."""
        if op == CompareOperator.ne:
            return ~self.compared(CompareOperator.eq, value)
        if value is None:
            return ~self.present if op == CompareOperator.eq else _NOTHING
        sought = self.form(str(value))
        if _NO_TEXT.search(sought):
            return _NOTHING
        if op == CompareOperator.eq:
            return Q(Exact(self.column, Value(sought))) if sought else _NOTHING
        return self.present & self._matched(op, sought)

    def _matched(self, op: CompareOperator, sought: str) -> Q:
        if op in _ORDERS:
            return Q(_ORDERS[op](self.ordered, Value(sought)))
        if not sought:
            return Q()
        if op == CompareOperator.co:
            return Q(GreaterThan(StrIndex(self.column, Value(sought)), 0))
        if op == CompareOperator.sw:
            return Q(Exact(Substr(self.column, 1, len(sought)), Value(sought)))
        ending = Exact(Right(self.column, len(sought)), Value(sought))
        return Q(GreaterThanOrEqual(Length(self.column), len(sought))) & Q(ending)


@dataclass(frozen=True, slots=True)
class Moment:
    """A time, RFC 3339 text in UTC."""

    column: F

    @property
    def present(self) -> Q:
        """Whether there is a value: always."""
        return Q()

    @property
    def ordered(self) -> Expression | F:
        """The time as text, which sorts like it."""
        return self.column

    def compared(self, op: CompareOperator, value: Any) -> Q:
        """The condition that a time stands in a relation to another."""
        if not isinstance(value, datetime):
            return Q() if op == CompareOperator.ne else _NOTHING
        return Text(self.column, str).compared(op, written(value))


@dataclass(frozen=True, slots=True)
class Truth:
    """A yes or no, or none where ``known`` does not hold."""

    holds: Q
    known: Q

    @property
    def present(self) -> Q:
        """Whether there is a value."""
        return self.known

    @property
    def ordered(self) -> Expression | F:
        """What sorts no before yes."""
        return _rank(self.holds)

    def compared(self, op: CompareOperator, value: Any) -> Q:
        """The condition that it is a value, or is not."""
        if value is None:
            return ~self.known if op == CompareOperator.eq else self.known
        wanted = self.known & (self.holds if value else ~self.holds)
        return wanted if op == CompareOperator.eq else ~wanted


Column = Text | Moment | Truth
Columns = dict[str, Column]


def written(moment: datetime) -> str:
    """A time as the tables hold it."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def lowered(column: str) -> Text:
    """A text of any case."""
    return Text(Lower(column), str.lower)


def exactly(column: str) -> Text:
    """A case-exact text."""
    return Text(F(column), str)


def _noted(name: str) -> Text:
    """What is kept of a SCIM account in its column ``extra``."""
    whole = Cast(NullIf("extra", Value("")), JSONField())
    text = KeyTextTransform(name, KeyTransform("scim", whole))
    return Text(Lower(Coalesce(Cast(text, TextField()), Value("", output_field=TextField()))), str.lower)


_HAS_EMAIL: Final = ~Q(email="")
USER_COLUMNS: Final[Columns] = {
    "id": exactly("uid"),
    "externalid": exactly("external_id"),
    "username": Text(F("username_key"), lookup_key),
    "name.givenname": lowered("given_name"),
    "name.familyname": lowered("family_name"),
    "displayname": lowered("display_name"),
    "usertype": _noted("userType"),
    "active": Truth(Q(status="active"), Q()),
    "emails": Text(F("email_key"), lookup_key),
    "emails.value": Text(F("email_key"), lookup_key),
    "emails.type": _noted("emailType"),
    "emails.primary": Truth(_HAS_EMAIL, _HAS_EMAIL),
    "meta.created": Moment(F("created_at")),
    "meta.lastmodified": Moment(F("changed_at")),
    f"{ENTERPRISE}:employeenumber".lower(): lowered("identifier"),
    f"{ROSTER}:sourcedid".lower(): exactly("sourced_id"),
    f"{ROSTER}:usermasteridentifier".lower(): exactly("user_master_identifier"),
}
GROUP_COLUMNS: Final[Columns] = {
    "id": exactly("uid"),
    "displayname": lowered("name"),
    "meta.lastmodified": Moment(F("changed_at")),
}


class _Conditions(FilterVisitor[Q]):
    """A filter's tree as one condition; InvalidFilterException where it asks about what has no column."""

    def __init__(self, asked: ScimFilter[Any], columns: Columns, within: AttrPath | None = None) -> None:
        self._asked, self._columns, self._within = asked, columns, within

    def visit_comparison(self, node: Comparison) -> Q:
        """One attribute and a value."""
        binding = self._asked.resolve_comparison(self._whole(node.attr_path), strict=True)
        if binding is None:
            return _NOTHING
        return self._column(node.attr_path).compared(node.op, coerce_value(binding, node.value, node.op))

    def visit_present(self, node: Present) -> Q:
        """Whether there is a value."""
        if _key(self._whole(node.attr_path)) == "name":
            return self._columns["name.givenname"].present | self._columns["name.familyname"].present
        return self._column(node.attr_path).present

    def visit_not(self, node: Not) -> Q:
        """What a condition leaves out."""
        return ~self.visit(node.expr)

    def visit_logical_expr(self, node: LogicalExpr) -> Q:
        """All of several conditions, or one of them."""
        terms = [self.visit(term) for term in node.terms]
        made = terms[0]
        for term in terms[1:]:
            made = made & term if node.op == LogicalOperator.and_ else made | term
        return made

    def visit_value_path(self, node: ValuePath) -> Q:
        """A condition on one entry of several; an account has one e-mail address."""
        inner = _Conditions(self._asked, self._columns, node.attr_path)
        return self._column(node.attr_path).present & inner.visit(node.val_filter)

    def _whole(self, path: AttrPath) -> AttrPath:
        if self._within is None:
            return path
        return AttrPath(uri=self._within.uri, attr=self._within.attr, sub_attr=path.attr)

    def _column(self, path: AttrPath) -> Column:
        found = self._columns.get(_key(self._whole(path)))
        if found is None:
            raise InvalidFilterException(detail=words.NO_FILTER)
        return found


def filtered(rows: QuerySet[Any], asked: SearchRequest[Any], columns: Columns) -> QuerySet[Any]:
    """The rows that a search asks for, in its order."""
    if asked.filter is not None:
        rows = rows.filter(_Conditions(asked.filter, columns).visit(asked.filter.ast))
    if asked.sort_by is None:
        return rows.order_by("pk")
    column = columns.get(_bare(str(asked.sort_by)))
    if column is None:
        raise InvalidPathException(detail=words.NO_SORT)
    # Those without a value come last, and the other way round first (RFC 7644, 3.4.2.3).
    is_down = asked.sort_order == SearchRequest.SortOrder.descending
    ranked = [OrderBy(_rank(column.present), descending=not is_down)] if column.present else []
    return rows.order_by(*ranked, OrderBy(column.ordered, descending=is_down), "-pk" if is_down else "pk")


def _rank(holds: Q) -> Expression:
    """A number that sorts where a condition does not hold before where it does."""
    return Case(When(holds, then=Value(1)), default=Value(0))


def _key(path: AttrPath) -> str:
    return _bare(str(path))


def _bare(path: str) -> str:
    lower = path.lower()
    for urn in (CORE, GROUP):
        lower = lower.removeprefix(f"{urn.lower()}:")
    return lower
