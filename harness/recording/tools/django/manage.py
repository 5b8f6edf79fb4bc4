import os
import sys
from urllib.parse import urlparse

from django.conf import settings
from django.core.management import execute_from_command_line

url = urlparse(os.environ["DATABASE_URL"])
settings.configure(
    INSTALLED_APPS=["library"],
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    USE_TZ=True,
    DATABASES={
        "default": {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": url.path[1:],
            "USER": url.username,
            "PASSWORD": url.password,
            "HOST": url.hostname,
            "PORT": url.port,
        }
    },
)
execute_from_command_line(sys.argv)
