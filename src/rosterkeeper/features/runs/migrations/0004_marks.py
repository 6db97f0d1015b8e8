from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('runs', '0003_options'),
    ]

    operations = [
        migrations.AddField(
            model_name='state',
            name='marks',
            field=models.TextField(db_default='', default=''),
        ),
    ]
