"""usagebill: usage-based billing on your own machine, every cent explained."""

__version__ = "0.1.0"
