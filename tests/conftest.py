"""What all tests share: repeatable property tests, and no reading of this machine's own settings."""

import os
import signal
import tempfile

from hypothesis import HealthCheck, settings

os.environ["TZ"] = "UTC"
for name in [name for name in os.environ if name.startswith("USAGEBILL_")]:
    del os.environ[name]

_settings = tempfile.TemporaryDirectory(prefix="usagebill-settings-")
os.environ["XDG_CONFIG_HOME"] = _settings.name

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # A shell that starts the tests in the background ignores Ctrl-C for them, and so would every process
    # that they start and interrupt.
    signal.signal(signal.SIGINT, signal.default_int_handler)

settings.register_profile(
    "repeatable", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("repeatable")
