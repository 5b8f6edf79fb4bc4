import uuid

from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True
    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Author",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("name", models.CharField(max_length=100, unique=True)),
            ],
        ),
        migrations.CreateModel(
            name="Book",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                ("author", models.ForeignKey(on_delete=models.deletion.CASCADE, to="library.author")),
                ("title", models.CharField(max_length=200)),
                ("pages", models.PositiveIntegerField()),
                ("published", models.DateTimeField(null=True)),
                ("details", models.JSONField(default=dict)),
            ],
        ),
        migrations.AddConstraint("book", models.CheckConstraint(check=models.Q(pages__gt=0), name="book_has_pages")),
        migrations.AddIndex("book", models.Index(fields=["author", "published"], name="book_author_published")),
    ]
