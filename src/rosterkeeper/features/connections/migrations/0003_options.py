from django.db import migrations, models


def take_all(apps, schema_editor):
    """Connections made before there were options took parents and demographics over, and go on doing so."""
    apps.get_model('connections', 'Connection').objects.update(options={'parents': True, 'all_parents': True, 'demographics': True})


class Migration(migrations.Migration):

    dependencies = [
        ('connections', '0002_verified'),
    ]

    operations = [
        migrations.AddField(
            model_name='connection',
            name='options',
            field=models.JSONField(default=dict),
        ),
        migrations.RunPython(take_all, migrations.RunPython.noop),
    ]
