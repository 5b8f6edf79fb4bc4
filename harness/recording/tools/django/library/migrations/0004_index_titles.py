from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("library", "0003_slug")]

    operations = [AddIndexConcurrently("book", models.Index(fields=["title"], name="book_title"))]
