"""Why a module cannot run. Each class has a stable `code`; the message is for people."""

from typing import ClassVar


class ModuleError(Exception):
    code: ClassVar[str] = "module_error"


class ModuleNotFound(ModuleError):
    """Missing, or of another organization: the caller cannot tell which."""

    code = "module_not_found"


class ModuleAmbiguous(ModuleError):
    code = "module_ambiguous"


class ModuleNotActive(ModuleError):
    code = "module_not_active"


class UnknownAgent(ModuleError):
    code = "unknown_agent"


class InvalidModuleConfig(ModuleError):
    """The module's own config is broken; `errors` maps paths to what is wrong."""

    code = "invalid_module_config"

    def __init__(self, message: str, errors: dict[str, list[str]] | None = None) -> None:
        super().__init__(message)
        self.errors = errors or {}


class ConfigVersionUnknown(ModuleError):
    """Of an execution from before versions were kept, or of a version that was deleted."""

    code = "config_version_unknown"
