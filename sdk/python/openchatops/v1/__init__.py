"""The messages of the protocol, generated from proto/openchatops/v1 by `make generate`."""
