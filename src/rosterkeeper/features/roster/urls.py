"""The addresses of the roster: ids of the source, and never what somebody is called."""

from django.urls import path

from rosterkeeper.features.roster.pages import health, people, schools

urlpatterns = [
    path("", schools.roster, name="roster"),
    path("people/", people.people, name="roster_people"),
    path("missing/", health.missing, name="roster_missing"),
    path("<int:number>/schools/", schools.schools, name="roster_schools"),
    path("<int:number>/classes/", schools.classes, name="roster_classes"),
    path("<int:number>/terms/", schools.terms, name="roster_terms"),
    path("<int:number>/health/", health.data_health, name="roster_health"),
    path("<int:number>/school/<path:sourced_id>", schools.school, name="roster_school"),
    path("<int:number>/class/<path:sourced_id>", schools.one_class, name="roster_class"),
    path("<int:number>/person/<path:sourced_id>", people.person, name="roster_person"),
    path("<int:number>/history/<path:sourced_id>", people.history, name="roster_history"),
]
