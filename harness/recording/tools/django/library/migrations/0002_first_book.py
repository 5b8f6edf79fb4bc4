import datetime

from django.db import migrations


def add(apps, schema_editor):
    author = apps.get_model("library", "Author").objects.create(name="Flann O'Brien")
    apps.get_model("library", "Book").objects.create(
        author=author,
        title="100 % \\ done",
        pages=264,
        published=datetime.datetime(1939, 3, 13, tzinfo=datetime.timezone.utc),
        details={"isbn": None, "tags": ["a'b"]},
    )


def remove(apps, schema_editor):
    apps.get_model("library", "Author").objects.filter(name="Flann O'Brien").delete()


class Migration(migrations.Migration):
    dependencies = [("library", "0001_initial")]

    operations = [migrations.RunPython(add, remove)]
