"""Typed events inside the process: signals, their receivers, and delivery that nobody waits for."""

from portico.signals.deliveries import Deliveries, counts, deliveries, drain
from portico.signals.delivery import Delivery, DeliveryCounts, DeliveryOptions
from portico.signals.receivers import AnySignal, Late, Receiver
from portico.signals.signal import Signal

__all__ = [
    "AnySignal",
    "Deliveries",
    "Delivery",
    "DeliveryCounts",
    "DeliveryOptions",
    "Late",
    "Receiver",
    "Signal",
    "counts",
    "deliveries",
    "drain",
]
