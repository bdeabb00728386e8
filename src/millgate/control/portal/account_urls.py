"""The addresses of everything about one's own account."""

from django.urls import path

from millgate.control.portal import password_views, profile_views, sign_in_views, sign_up_views

urlpatterns = [
    path("sign-in/", sign_in_views.SignIn.as_view(), name="sign-in"),
    path("sign-in/code/", sign_in_views.code, name="sign-in-code"),
    path("sign-in/set-up/", sign_in_views.set_up, name="sign-in-set-up"),
    path("sign-out/", sign_in_views.SignOut.as_view(), name="sign-out"),
    path("sign-up/", sign_up_views.sign_up, name="sign-up"),
    path("sign-up/sent/", sign_up_views.sign_up_sent, name="sign-up-sent"),
    path("sign-up/waiting/", sign_up_views.sign_up_waiting, name="sign-up-waiting"),
    path("sign-up/confirm/<str:secret>/", sign_up_views.sign_up_confirm, name="sign-up-confirm"),
    path("terms/", sign_up_views.terms, name="terms"),
    path("password/forgot/", password_views.forgot, name="password-forgot"),
    path("password/sent/", password_views.sent, name="password-sent"),
    path("password/reset/<str:secret>/", password_views.reset, name="password-reset"),
    path("profile/", profile_views.profile, name="profile"),
    path("profile/password/", profile_views.password, name="profile-password"),
    path("profile/address/", profile_views.address, name="profile-address"),
    path("profile/address/confirm/<str:secret>/", profile_views.address_confirm, name="address-confirm"),
    path("profile/security/", profile_views.security, name="profile-security"),
    path("profile/security/sessions/", profile_views.sessions_end, name="profile-sessions-end"),
    path("profile/security/second-factor/", profile_views.second_factor, name="profile-second-factor"),
    path(
        "profile/security/second-factor/off/",
        profile_views.second_factor_off,
        name="profile-second-factor-off",
    ),
    path("profile/security/recovery-codes/", profile_views.recovery_codes, name="profile-recovery-codes"),
    path("profile/close/", profile_views.close, name="profile-close"),
]
