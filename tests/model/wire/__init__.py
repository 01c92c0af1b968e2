"""The wire beside TensorFlow's own messages."""
