"""The theme's look for fields that a form declares itself; the theme dresses only those that come
from a model's columns. Called by `admin_scope` for every form."""

from typing import Any

from django import forms
from unfold import widgets

_CLASSES: dict[type[forms.Widget], list[str]] = {
    forms.Select: widgets.SELECT_CLASSES,
    forms.Textarea: widgets.TEXTAREA_CLASSES,
    forms.CheckboxInput: widgets.SWITCH_CLASSES,
    forms.RadioSelect: widgets.RADIO_CLASSES,
    forms.TextInput: widgets.INPUT_CLASSES,
    forms.NumberInput: widgets.INPUT_CLASSES,
    forms.EmailInput: widgets.INPUT_CLASSES,
    forms.URLInput: widgets.INPUT_CLASSES,
}


def dress(form: Any) -> Any:
    """The form class itself. A widget that has classes keeps them."""
    for field in form.base_fields.values():
        kind = next((known for known in type(field.widget).__mro__ if known in _CLASSES), None)
        if kind is not None:
            field.widget.attrs.setdefault("class", " ".join(_CLASSES[kind]))
    return form
