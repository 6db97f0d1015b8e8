"""The addresses of the pages, feature by feature."""

from django.urls import include, path
from django.views.i18n import set_language

from rosterkeeper.service.api import api

urlpatterns = [
    path("", include("rosterkeeper.features.manage.urls")),
    path("", include("rosterkeeper.features.accounts.urls")),
    path("districts/", include("rosterkeeper.features.connections.urls")),
    path("connections/", include("rosterkeeper.features.connecting.urls")),
    path("connections/", include("rosterkeeper.features.schedules.urls")),
    path("", include("rosterkeeper.features.runs.urls")),
    path("roster/", include("rosterkeeper.features.roster.urls")),
    path("", include("rosterkeeper.features.signin.urls")),
    path("directory/", include("rosterkeeper.features.people.urls")),
    path("groups/", include("rosterkeeper.features.groups.urls")),
    path("console/", include("rosterkeeper.features.console.urls")),
    path("teachers-console/", include("rosterkeeper.features.console.urls_settings")),
    path("notices/", include("rosterkeeper.features.notices.urls")),
    path("", include("rosterkeeper.features.scim.urls")),
    path("api/v1/", api.urls),
    path("second-factor/", include("allauth.mfa.urls")),
    path("language/", set_language, name="set_language"),
]
handler400 = "rosterkeeper.service.problems.misread"
handler404 = "rosterkeeper.service.problems.not_found"
handler500 = "rosterkeeper.service.problems.broken"
handler403 = "rosterkeeper.service.problems.forbidden"
