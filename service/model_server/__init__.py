"""A development model server: TF Serving's gRPC on the official stubs and the real SavedModel."""
