from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('console', '0003_lessons_found'),
    ]

    operations = [
        migrations.AddField(
            model_name='opening',
            name='managed',
            field=models.TextField(default=''),
        ),
        migrations.AddField(
            model_name='visit',
            name='managed',
            field=models.TextField(default=''),
        ),
    ]
