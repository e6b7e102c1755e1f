"""What each mixin, a receiver of a signal and an outbox cost, beside the same class without them."""
