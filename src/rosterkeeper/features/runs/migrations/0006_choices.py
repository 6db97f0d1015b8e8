from django.db import migrations, models


class Migration(migrations.Migration):
    """An approval may leave removals out, and an order can be stopped."""

    dependencies = [("runs", "0005_orders")]

    operations = [
        migrations.AddField("run", "without_removals", models.BooleanField(default=False, db_default=False)),
        migrations.AddField("order", "stopped_at", models.DateTimeField(null=True)),
        migrations.AddField("order", "stopped_by", models.BigIntegerField(default=0, db_default=0)),
        migrations.AddIndex("run", models.Index(fields=["outcome", "id"], name="runs_run_of_outcome")),
    ]
