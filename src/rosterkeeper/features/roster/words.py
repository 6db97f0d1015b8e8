"""The words of data health and roles as pages show them."""

from typing import Final

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

MEASURES: Final = {
    "students_without_class": _("Students without classes"),
    "teachers_without_class": _("Teachers without classes"),
    "people_without_school": _("People without a school"),
    "people_without_email": _("People without an e-mail address"),
    "people_sharing_email": _("People who share an e-mail address"),
    "classes_without_teacher": _("Classes without a teacher"),
    "classes_without_student": _("Classes without students"),
    "orphan_enrollments": _("Enrollments whose person or class is gone"),
    "orphan_roles": _("Roles whose person or school is gone"),
    "schools": _("Schools"),
    "people": _("People"),
    "students": _("Students"),
    "teachers": _("Teachers"),
    "classes": _("Classes"),
    "enrollments": _("Enrollments"),
}
_ROLES: Final = {
    "administrator": _("administrator"),
    "aide": _("aide"),
    "counselor": _("counselor"),
    "districtAdministrator": _("district administrator"),
    "guardian": _("guardian"),
    "parent": _("parent"),
    "principal": _("principal"),
    "proctor": _("proctor"),
    "relative": _("relative"),
    "siteAdministrator": _("site administrator"),
    "student": _("student"),
    "systemAdministrator": _("system administrator"),
    "teacher": _("teacher"),
}


def spoken_role(role: str) -> str:
    """A role of the standard in plain words; any other as the source writes it."""
    return str(_ROLES.get(role, role)) or gettext("none")
