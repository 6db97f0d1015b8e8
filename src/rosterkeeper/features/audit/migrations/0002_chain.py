"""Entries in a chain of hashes, which nobody changes or deletes through the database's own ways."""

import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models

_SQLITE = [
    "CREATE TRIGGER audit_entry_never_changed BEFORE UPDATE ON audit_entry"
    " BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END",
    "CREATE TRIGGER audit_entry_never_deleted BEFORE DELETE ON audit_entry"
    " BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END",
]
_POSTGRESQL = [
    "CREATE FUNCTION audit_entry_kept() RETURNS trigger LANGUAGE plpgsql AS"
    " $$ BEGIN RAISE EXCEPTION 'the audit log is append-only'; END $$",
    "CREATE TRIGGER audit_entry_never_changed BEFORE UPDATE OR DELETE ON audit_entry"
    " FOR EACH ROW EXECUTE FUNCTION audit_entry_kept()",
    "CREATE TRIGGER audit_entry_never_emptied BEFORE TRUNCATE ON audit_entry"
    " FOR EACH STATEMENT EXECUTE FUNCTION audit_entry_kept()",
]


def guard(apps, schema_editor):
    for statement in _SQLITE if schema_editor.connection.vendor == "sqlite" else _POSTGRESQL:
        schema_editor.execute(statement)


class Migration(migrations.Migration):

    dependencies = [("audit", "0001_initial")]

    operations = [
        migrations.AddField("entry", "keys", models.JSONField(default=list)),
        migrations.AddField("entry", "previous", models.TextField(default="")),
        migrations.AddField("entry", "digest", models.TextField(default="")),
        migrations.AlterField(
            "entry", "at", models.DateTimeField(default=django.utils.timezone.now, db_index=True)
        ),
        migrations.AlterField("entry", "action", models.TextField(db_index=True)),
        migrations.AlterField("entry", "about", models.TextField(default="", db_index=True)),
        migrations.CreateModel(
            name="Head",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("last", models.BigIntegerField(default=0)),
                ("digest", models.TextField(default="")),
            ],
        ),
        migrations.CreateModel(
            name="About",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "entry",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="audit.entry"
                    ),
                ),
                ("key", models.TextField(db_index=True)),
            ],
        ),
        migrations.RunPython(guard),
    ]
