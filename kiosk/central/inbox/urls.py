"""Addresses of the inbox. They hold UUIDs and filters, nothing that names a person."""

from __future__ import annotations

from django.contrib.auth.views import LoginView, LogoutView
from django.urls import path

from kiosk.central.inbox import views

urlpatterns = [
    path("login", LoginView.as_view(template_name="inbox/login.html", redirect_authenticated_user=True), name="login"),
    path("logout", LogoutView.as_view(), name="logout"),
    path("inbox", views.inbox, name="inbox"),
    path("inbox/<uuid:submission_id>", views.case, name="case"),
    path("inbox/<uuid:submission_id>/accept", views.accept, name="accept"),
    path("inbox/<uuid:submission_id>/reject", views.reject, name="reject"),
    path("inbox/<uuid:submission_id>/attachments/<uuid:attachment_id>", views.attachment, name="attachment"),
]
