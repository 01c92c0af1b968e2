# Two images from one file, each from the hashed lock:
#   docker build --target gateway -t dynint-gateway:0.1.0 .    the gateway: no TensorFlow
#   docker build --target trainer -t dynint-trainer:0.1.0 .    training, retraining, the model server
ARG PYTHON_IMAGE=python:3.11-slim-bookworm

FROM ${PYTHON_IMAGE} AS base
ENV PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    PATH=/opt/dynint/bin:$PATH \
    HOME=/tmp \
    TF_CPP_MIN_LOG_LEVEL=2
# Volumes that are mounted here for the first time take over the folders' owner.
RUN groupadd --gid 10001 dynint \
    && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /tmp --shell /usr/sbin/nologin dynint \
    && install -d -o 10001 -g 10001 /releases /training /logs /textfile

# Build tools stay behind, and so does pip.
FROM base AS tools
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /src
COPY requirements/build.txt requirements/build.txt
RUN python3 -m venv /opt/tools \
    && /opt/tools/bin/pip install --require-hashes -r requirements/build.txt \
    && python3 -m venv --without-pip /opt/dynint

FROM tools AS wheel
COPY pyproject.toml README.md LICENSE dynint.py ./
COPY model model
COPY service service
COPY training training
COPY benchmarks benchmarks
RUN /opt/tools/bin/pip wheel --no-deps --no-build-isolation --wheel-dir /wheels .

# Packages before the project: a change of the project does not install them again.
FROM tools AS gateway-packages
COPY requirements/tracing.txt requirements/tracing.txt
RUN /opt/tools/bin/pip --python /opt/dynint/bin/python install --require-hashes -r requirements/tracing.txt
COPY --from=wheel /wheels /wheels
RUN /opt/tools/bin/pip --python /opt/dynint/bin/python install --no-deps /wheels/*.whl

FROM tools AS trainer-packages
COPY requirements/train.txt requirements/train.txt
RUN /opt/tools/bin/pip --python /opt/dynint/bin/python install --require-hashes -r requirements/train.txt
COPY --from=wheel /wheels /wheels
RUN /opt/tools/bin/pip --python /opt/dynint/bin/python install --no-deps /wheels/*.whl

FROM base AS image
ARG VERSION=0.1.0
ARG REVISION=unknown
ARG CREATED=unknown
LABEL org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.created="${CREATED}" \
      org.opencontainers.image.licenses="Apache-2.0"
STOPSIGNAL SIGTERM
ENTRYPOINT ["dynint"]

FROM image AS trainer
LABEL org.opencontainers.image.title="dynint-trainer" \
      org.opencontainers.image.description="Trains, folds, exports and retrains DynInt models; its model server stands in for TF Serving where that has no image"
ENV MPLCONFIGDIR=/tmp/matplotlib
COPY --from=trainer-packages /opt/dynint /opt/dynint
WORKDIR /training
USER 10001:10001
CMD ["--help"]

# The last target is the default.
FROM image AS gateway
LABEL org.opencontainers.image.title="dynint-gateway" \
      org.opencontainers.image.description="POST /predict: features to embedding rows to click probabilities, by a TF Serving beside it"
ENV DYNINT_HOST=0.0.0.0 \
    DYNINT_PORT=8080 \
    DYNINT_RELEASE_ROOT=/releases \
    DYNINT_SCORER=grpc://tensorflow-serving:8500
COPY --from=gateway-packages /opt/dynint /opt/dynint
WORKDIR /
USER 10001:10001
EXPOSE 8080
HEALTHCHECK --interval=5s --timeout=3s --start-period=60s --retries=3 CMD ["python", "-m", "service.probe"]
CMD ["serve"]
