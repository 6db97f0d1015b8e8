"""The addresses of runs."""

from django.urls import path

from rosterkeeper.features.runs import change_pages, gateway_pages, pages, rekey_pages, run_pages, snapshot_pages

urlpatterns = [
    path("connections/<int:number>/now/", pages.now, name="connection_now"),
    path("connections/<int:number>/snapshots/", snapshot_pages.snapshots, name="snapshots"),
    path("connections/<int:number>/snapshots/compare/", snapshot_pages.compare, name="compare"),
    path("connections/<int:number>/snapshots/compare/order/", snapshot_pages.order_compare, name="compare_order"),
    path("connections/<int:number>/snapshots/<int:run>/restore/", snapshot_pages.restore, name="restore"),
    path("connections/<int:number>/back/<slug:way>/", change_pages.back, name="back"),
    path("runs/", run_pages.runs, name="runs"),
    path("runs/gateway/", gateway_pages.listed, name="gateway"),
    path("runs/gateway/<int:district>/GW<slug:number>.log", gateway_pages.download, name="gateway_file"),
    path("runs/<int:number>/", run_pages.run, name="run"),
    path("runs/<int:number>/now/", run_pages.run_now, name="run_now"),
    path("runs/<int:number>/statistics/", run_pages.run_statistics, name="run_statistics"),
    path("runs/<int:number>/log/", run_pages.log, name="run_log"),
    path("runs/<int:number>/log.<slug:form>", run_pages.download, name="run_log_download"),
    path("runs/<int:number>/changes/", change_pages.changes, name="run_changes"),
    path("runs/<int:number>/sample/", change_pages.sample, name="run_sample"),
    path("runs/<int:number>/ids/", rekey_pages.ids, name="run_ids"),
    path("runs/<int:number>/ids/look/", rekey_pages.look, name="run_ids_look"),
    path("runs/<int:number>/ids/mapping.csv", rekey_pages.download, name="run_ids_download"),
    path("runs/<int:number>/ids/confirm/", rekey_pages.confirm, name="run_ids_confirm"),
    path("runs/<int:number>/decide/<slug:way>/", change_pages.decide, name="run_decide"),
    path("orders/<int:number>/", run_pages.order, name="order"),
    path("orders/<int:number>/now/", run_pages.order_now, name="order_now"),
    path("orders/<int:number>/stop/", run_pages.stop, name="order_stop"),
]
