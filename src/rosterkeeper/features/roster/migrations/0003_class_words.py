from django.db import migrations

_KEY = "connection_id, sort_key, sourced_id"
_MAKE = "CREATE INDEX roster_catalog_class_order ON roster_catalog_class ({})"
_DROP = "DROP INDEX roster_catalog_class_order"


def put_words_in(_apps, schema_editor):
    """SQLite then searches classes within the index; PostgreSQL reads the rows quickly, and holds no long entries."""
    _make_anew(schema_editor, f"{_KEY}, status, words")


def take_words_out(_apps, schema_editor):
    _make_anew(schema_editor, _KEY)


def _make_anew(schema_editor, columns):
    if schema_editor.connection.vendor == "sqlite":
        for statement in (_DROP, _MAKE.format(columns)):
            schema_editor.execute(statement, params=None)


class Migration(migrations.Migration):

    dependencies = [
        ('roster', '0002_catalog'),
    ]

    operations = [
        migrations.RunPython(put_words_in, take_words_out),
    ]
