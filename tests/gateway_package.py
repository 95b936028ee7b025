"""The Node side in `gateway/`: where it is, and whether its packages are installed.

`make test-gateway` installs them. Without them its tests are skipped, so that `make test` needs no
Node; CI runs both.
"""

import pytest

from tests.processes import ROOT

GATEWAY = ROOT / "gateway"
needs_packages = pytest.mark.skipif(
    not (GATEWAY / "node_modules" / ".installed").exists(),
    reason="the packages of gateway/ are not installed; run make test-gateway",
)
