"""Simulating: what real past usage would have come to under other prices. Nothing stored changes."""

from usagebill_tui.billing.simulating.request import SimulationRequest
from usagebill_tui.billing.simulating.result import Bucket, Compared, Simulation, Total
from usagebill_tui.billing.simulating.running import simulate

__all__ = ["Bucket", "Compared", "Simulation", "SimulationRequest", "Total", "simulate"]
