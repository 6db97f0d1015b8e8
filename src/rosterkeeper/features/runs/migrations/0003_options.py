from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('runs', '0002_source_digest'),
    ]

    operations = [
        migrations.AddField(
            model_name='state',
            name='options',
            field=models.TextField(db_default='', default=''),
        ),
        migrations.AddField(
            model_name='run',
            name='only',
            field=models.TextField(db_default='', default=''),
        ),
        migrations.AddField(
            model_name='run',
            name='options',
            field=models.TextField(db_default='', default=''),
        ),
        migrations.AddField(
            model_name='run',
            name='by_options',
            field=models.JSONField(default=dict),
        ),
    ]
