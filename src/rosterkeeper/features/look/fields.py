"""A form's field as the interface kit draws it: its classes, and what a screen reader is told of hint and error."""

from dataclasses import dataclass

from django import forms
from django.forms.boundfield import BoundField
from django.utils.safestring import SafeString


@dataclass(frozen=True, slots=True)
class Shown:
    """One field, ready to be put into a page."""

    widget: SafeString
    is_check: bool
    is_switch: bool
    is_group: bool


def shown(field: BoundField) -> Shown:
    """The field's widget with the kit's classes."""
    widget = field.field.widget
    is_check = isinstance(widget, forms.CheckboxInput)
    is_group = isinstance(widget, forms.RadioSelect | forms.CheckboxSelectMultiple)
    classes = [widget.attrs.get("class", ""), _kit_class(widget), "is-invalid" if field.errors else ""]
    attrs: dict[str, str | bool] = {"class": " ".join(each for each in classes if each)}
    if field.errors:
        attrs["aria-invalid"] = "true"
    parts = [(field.help_text, "help"), (field.errors, "error")]
    described = " ".join(f"{field.auto_id}_{name}" for there, name in parts if there)
    if described:
        attrs["aria-describedby"] = described
    if is_group:
        # The page draws each choice by itself, and they take these from the widget.
        widget.attrs.update(attrs)
    return Shown(field.as_widget(attrs=attrs), is_check, "data-switch" in widget.attrs, is_group)


def _kit_class(widget: forms.Widget) -> str:
    if isinstance(widget, forms.CheckboxInput | forms.RadioSelect | forms.CheckboxSelectMultiple):
        return "form-check-input"
    return "form-select" if isinstance(widget, forms.Select) else "form-control"
