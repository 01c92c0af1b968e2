"""Full names of the gRPC methods that TF Serving answers."""

PREDICT_METHOD = "/tensorflow.serving.PredictionService/Predict"
METADATA_METHOD = "/tensorflow.serving.PredictionService/GetModelMetadata"
MODEL_STATUS_METHOD = "/tensorflow.serving.ModelService/GetModelStatus"
RELOAD_METHOD = "/tensorflow.serving.ModelService/HandleReloadConfigRequest"
