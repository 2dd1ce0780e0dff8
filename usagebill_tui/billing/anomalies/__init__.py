"""What is unusual in usage: spikes, drops to zero, new values, bursts of duplicates, cancelled customers."""

from usagebill_tui.billing.anomalies.anomaly import Anomaly, AnomalyRequest
from usagebill_tui.billing.anomalies.finding import anomalies
from usagebill_tui.billing.anomalies.noting import note
from usagebill_tui.billing.anomalies.thresholds import Thresholds, read_thresholds

__all__ = ["Anomaly", "AnomalyRequest", "Thresholds", "anomalies", "note", "read_thresholds"]
