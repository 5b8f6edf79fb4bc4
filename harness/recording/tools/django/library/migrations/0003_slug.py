from django.db import migrations, models
from django.utils.text import slugify


def fill(apps, schema_editor):
    for book in apps.get_model("library", "Book").objects.all():
        book.slug = slugify(book.title)
        book.save(update_fields=["slug"])


class Migration(migrations.Migration):
    dependencies = [("library", "0002_first_book")]

    operations = [
        migrations.AddField("book", "slug", models.SlugField(default="", max_length=200)),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
