"""The addresses of the directory and of matching: ids of ours, and never what somebody is called."""

from django.urls import path

from rosterkeeper.features.people import (
    pages,
    pages_held,
    pages_queue,
    pages_settings,
    pages_trial,
    pages_upload,
    parents_pages,
)

urlpatterns = [
    path("", pages.directory, name="directory"),
    path("<int:number>/", pages.accounts, name="directory_accounts"),
    path("<int:number>/add/", pages.add, name="directory_add"),
    path("<int:number>/download/", pages.download, name="directory_download"),
    path("<int:number>/account/<slug:uid>/", pages.account, name="directory_account"),
    path("<int:number>/account/<slug:uid>/edit/", pages.edit, name="directory_edit"),
    path("<int:number>/account/<slug:uid>/find/", pages_queue.find_person, name="directory_find_person"),
    path("<int:number>/account/<slug:uid>/<slug:word>/", pages.stand, name="directory_stand"),
    path("<int:number>/matching/", pages_queue.matching, name="directory_matching"),
    path("<int:number>/matching/decide/", pages_queue.decide_several, name="directory_decide_several"),
    path("<int:number>/matching/<slug:part>/", pages_queue.matching, name="directory_matching"),
    path("<int:number>/person/<slug:uid>/", pages_queue.person, name="directory_person"),
    path("<int:number>/person/<slug:uid>/decide/", pages_queue.decide, name="directory_decide"),
    path("<int:number>/ruling/<int:ruling>/take-back/", pages_queue.take_back, name="directory_take_back"),
    path("<int:number>/held/<slug:word>/", pages_held.decide, name="directory_held"),
    path("<int:number>/parents/", parents_pages.parents, name="directory_parents"),
    path("<int:number>/parents/left-out/", parents_pages.left_out, name="directory_left_out"),
    path("<int:number>/uploads/", pages_upload.uploads, name="directory_uploads"),
    path("<int:number>/uploads/<int:upload>/", pages_upload.upload, name="directory_upload"),
    path("<int:number>/uploads/<int:upload>/now/", pages_upload.upload_now, name="directory_upload_now"),
    path("<int:number>/uploads/<int:upload>/<slug:word>/", pages_upload.settle, name="directory_settle"),
    path("<int:number>/settings/", pages_settings.settings, name="directory_settings"),
    path("<int:number>/settings/tried/<int:trial>/", pages_trial.trial, name="directory_trial"),
    path("<int:number>/settings/tried/<int:trial>/now/", pages_trial.trial_now, name="directory_trial_now"),
]
