# A tag, so that a rebuild brings Debian's security updates. images.env fixes it by its digest.
ARG PYTHON_IMAGE=python:3.11-slim-bookworm

FROM scratch AS wheelhouse

FROM ${PYTHON_IMAGE} AS venv
RUN --mount=type=bind,from=wheelhouse,target=/wheelhouse \
    --mount=type=bind,source=requirements-pip.txt,target=/requirements-pip.txt \
    --mount=type=secret,id=pip_conf,target=/etc/pip.conf \
    --mount=type=secret,id=ca_bundle \
    python -m venv /venv \
 && /venv/bin/pip install --no-cache-dir --require-hashes --requirement /requirements-pip.txt
WORKDIR /venv/lib/python3.11/site-packages
# A page of links or a folder of wheels. The stage `wheelhouse` above is empty. A build context of that name replaces it: see docs/how-to/deploy.md.
ARG TORCH_SOURCE=https://download.pytorch.org/whl/cpu/torch/
RUN --mount=type=bind,from=wheelhouse,target=/wheelhouse \
    --mount=type=bind,source=requirements-torch.txt,target=/requirements-torch.txt \
    --mount=type=secret,id=pip_conf,target=/etc/pip.conf \
    --mount=type=secret,id=ca_bundle \
    /venv/bin/pip install --no-cache-dir --no-deps --no-index --find-links "${TORCH_SOURCE}" --require-hashes --requirement /requirements-torch.txt \
 && find torch/bin -type f ! -name torch_shm_manager -delete \
 && rm -rf torch/include torch/test
RUN --mount=type=bind,from=wheelhouse,target=/wheelhouse \
    --mount=type=bind,source=requirements.txt,target=/requirements.txt \
    --mount=type=secret,id=pip_conf,target=/etc/pip.conf \
    --mount=type=secret,id=ca_bundle \
    /venv/bin/pip install --no-cache-dir --only-binary :all: --require-hashes --requirement /requirements.txt \
 && find matplotlib mpl_toolkits mpmath networkx numpy pyarrow scipy sympy -type d -name tests -prune -exec rm -r {} + \
 && rm -r pyarrow/include \
 && /venv/bin/pip uninstall --yes pip

# The list of all Python packages in the image, with the texts of their licences, in CycloneDX.
FROM ${PYTHON_IMAGE} AS sbom
RUN --mount=type=bind,from=wheelhouse,target=/wheelhouse \
    --mount=type=bind,source=requirements-supply.txt,target=/requirements-supply.txt \
    --mount=type=secret,id=pip_conf,target=/etc/pip.conf \
    --mount=type=secret,id=ca_bundle \
    python -m venv /supply \
 && /supply/bin/pip install --no-cache-dir --only-binary :all: --require-hashes --requirement /requirements-supply.txt
COPY --from=venv /venv /venv
RUN /supply/bin/cyclonedx-py environment --gather-license-texts --output-reproducible --output-file /sbom.cdx.json /venv/bin/python

FROM ${PYTHON_IMAGE}
RUN groupadd --gid 10001 coaster \
 && useradd --uid 10001 --gid 10001 --home-dir /nonexistent --no-create-home --shell /usr/sbin/nologin coaster
COPY --from=venv /venv /venv
RUN install --directory --owner coaster --group coaster /data
ENV PATH=/venv/bin:$PATH PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 MPLCONFIGDIR=/tmp/matplotlib
# Other machines may reach a container, so it starts only with COASTER_API_KEYS_FILE or COASTER_ALLOW_ANYONE=true.
ENV COASTER_HOST=0.0.0.0 COASTER_DATABASE_URL=sqlite:////data/coaster.db
WORKDIR /app
COPY LICENSE .
COPY --from=sbom /sbom.cdx.json .
COPY openapi openapi
COPY service service
# Another user cannot read files that were checked out under a strict umask. Compile now, because bytecode cannot be written later.
RUN chmod -R a+rX openapi service && python -m compileall -q service
USER 10001:10001
VOLUME /data
EXPOSE 8000
# Life, not readiness: what restarts unhealthy containers must not end fits because a database is down.
HEALTHCHECK --interval=5s --timeout=3s --start-period=60s --retries=3 CMD \
    ["python", "-c", "from urllib.request import *; build_opener(ProxyHandler({})).open('http://127.0.0.1:8000/livez', timeout=2)"]
ENTRYPOINT ["python", "-m", "service"]
