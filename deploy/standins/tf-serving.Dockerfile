# TF Serving where its image cannot be had: the project's model server behind TF Serving's flags.
FROM dynint-trainer:0.1.0
USER root
COPY tensorflow_model_server.py /usr/local/bin/tensorflow_model_server
RUN chmod 755 /usr/local/bin/tensorflow_model_server
USER 10001:10001
EXPOSE 8500 8501
ENTRYPOINT ["tensorflow_model_server"]
