"""The gateway without TensorFlow, sockets or Redis."""
