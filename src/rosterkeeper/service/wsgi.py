"""The pages as a WSGI application, for granian or any other server."""

from django.core.wsgi import get_wsgi_application

application = get_wsgi_application()
