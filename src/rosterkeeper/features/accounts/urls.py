"""The addresses of accounts: signing in, one's own account, and the administrator's pages of accounts and tokens."""

from allauth.account import views as theirs
from django.urls import path

from rosterkeeper.features.accounts import directory, pages, token_pages, trail

urlpatterns = [
    path("first/<str:secret>/", pages.first_visit, name="first_visit"),
    path("welcome/<str:secret>/", pages.welcome, name="welcome"),
    # Those of allauth's pages that are used, under the names that it looks for; all others do not exist here.
    path("sign-in/login/", theirs.login, name="account_login"),
    path("sign-in/logout/", theirs.logout, name="account_logout"),
    path("sign-in/disabled/", theirs.account_inactive, name="account_inactive"),
    path("sign-in/again/", theirs.reauthenticate, name="account_reauthenticate"),
    path("sign-in/password/", theirs.password_change, name="account_change_password"),
    path("sign-in/forgotten/", pages.forgotten, name="account_reset_password"),
    path("sign-in/new/", pages.forgotten, name="account_signup"),
    path("account/", pages.own, name="account_self"),
    path("account/sign-out-everywhere/", pages.sign_out_everywhere, name="account_sign_out_everywhere"),
    path("accounts/", directory.accounts, name="accounts"),
    path("accounts/invite/", directory.invite, name="account_invite"),
    path("accounts/<int:number>/", directory.account, name="account"),
    path("accounts/<int:number>/disable/", directory.disable, name="account_disable"),
    path("accounts/<int:number>/enable/", directory.enable, name="account_enable"),
    path("accounts/<int:number>/reset/", directory.reset, name="account_reset"),
    path("accounts/<int:number>/sign-out/", directory.sign_out, name="account_sign_out"),
    path("tokens/", token_pages.tokens, name="tokens"),
    path("tokens/<int:number>/revoke/", token_pages.revoke, name="token_revoke"),
    path("audit/", trail.audit, name="audit"),
    path("audit/export/", trail.export, name="audit_export"),
]
