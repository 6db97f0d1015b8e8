"""The addresses of groups: uids, and never what they or anybody are called."""

from django.urls import path

from rosterkeeper.features.groups.pages import lists, making, one, persons

urlpatterns = [
    path("", lists.groups, name="groups"),
    path("waiting/", lists.waiting, name="groups_waiting"),
    path("new/custom/", making.make_custom, name="group_make_custom"),
    path("new/merged/", making.make_merged, name="group_make_merged"),
    path("names/<int:number>/", making.names, name="group_names"),
    path("of/<slug:uid>/", persons.of_person, name="groups_of_person"),
    path("of/<slug:uid>/resync/", persons.resync_person, name="groups_resync"),
    path("of-record/<int:number>/<path:sourced_id>", persons.of_record, name="groups_of_record"),
    path("<slug:uid>/", one.group, name="group"),
    path("<slug:uid>/name/", one.name, name="group_name"),
    path("<slug:uid>/put-in/", one.put_in, name="group_put_in"),
    path("<slug:uid>/take-out/<int:number>/", one.take_out, name="group_take_out"),
    path("<slug:uid>/parts/", making.parts, name="group_parts"),
    path("<slug:uid>/end/", one.end, name="group_end"),
    path("<slug:uid>/restore/", one.restore, name="group_restore"),
]
