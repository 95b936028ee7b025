"""Children have a lane per depth; the gate trigger names them all."""

from django.db import migrations, models

from executions import lanes, sql


class Migration(migrations.Migration):
    dependencies = [("executions", "0007_scheduled")]

    operations = [
        migrations.AlterField(
            model_name="run",
            name="lane",
            field=models.TextField(choices=[(lane, lane) for lane in lanes.ALL]),
        ),
        migrations.RunSQL(sql.read("regate.sql"), migrations.RunSQL.noop),
    ]
