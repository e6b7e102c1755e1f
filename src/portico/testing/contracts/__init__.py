"""What every backend of a protocol has to do, as test classes to inherit from."""

from .pubsub import PubSubContract

__all__ = ["PubSubContract"]
