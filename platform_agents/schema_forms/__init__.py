"""Forms made from JSON Schemas: what an agent says about its Config and Input becomes fields.

`reading` turns a schema into fields, `showing` joins them with a value for the templates, `posted`
turns what a browser sends back into a value. A value that nobody touched comes back as it was:
unknown keys, explicit nulls and secrets included. What cannot be drawn is a field of JSON text.
Knows Django's templates and our rules of what is secret; used by the admins of modules and
executions, which validate the value as they do any other.
"""

from platform_agents.schema_forms.fields import ABSENT, Field
from platform_agents.schema_forms.masking import masked, unmasked
from platform_agents.schema_forms.posted import Posted, read_posted
from platform_agents.schema_forms.reading import fields_of
from platform_agents.schema_forms.showing import Shown, shown

__all__ = [
    "ABSENT", "Field", "Posted", "Shown", "fields_of", "masked", "read_posted", "shown", "unmasked",
]  # fmt: skip
