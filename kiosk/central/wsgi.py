"""The WSGI application, for gunicorn started by hand; `kiosk central serve` starts it by itself."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kiosk.central.settings")
application = get_wsgi_application()
