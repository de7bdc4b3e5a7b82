FROM scratch AS wheelhouse

FROM python:3.11-slim-bookworm AS venv
RUN python -m venv /venv
WORKDIR /venv/lib/python3.11/site-packages
# A page of links or a folder of wheels. The stage `wheelhouse` above is empty. A build context of that name replaces it: see docs/how-to/deploy.md.
ARG TORCH_SOURCE=https://download.pytorch.org/whl/cpu/torch/
RUN --mount=type=bind,from=wheelhouse,target=/wheelhouse \
    --mount=type=secret,id=pip_conf,target=/etc/pip.conf \
    --mount=type=secret,id=ca_bundle \
    /venv/bin/pip install --no-cache-dir --no-deps --no-index --find-links "${TORCH_SOURCE}" torch==2.13.0+cpu \
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

FROM python:3.11-slim-bookworm
RUN groupadd --gid 10001 coaster \
 && useradd --uid 10001 --gid 10001 --home-dir /nonexistent --no-create-home --shell /usr/sbin/nologin coaster
COPY --from=venv /venv /venv
RUN install --directory --owner coaster --group coaster /data
ENV PATH=/venv/bin:$PATH PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 MPLCONFIGDIR=/tmp/matplotlib
# Other machines may reach a container, so it starts only with COASTER_API_KEYS_FILE or COASTER_ALLOW_ANYONE=true.
ENV COASTER_HOST=0.0.0.0 COASTER_DATABASE_URL=sqlite:////data/coaster.db
WORKDIR /app
COPY service service
# Another user cannot read files that were checked out under a strict umask. Compile now, because bytecode cannot be written later.
RUN chmod -R a+rX service && python -m compileall -q service
USER 10001:10001
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=5s --timeout=3s --start-period=60s --retries=3 CMD \
    ["python", "-c", "from urllib.request import *; build_opener(ProxyHandler({})).open('http://127.0.0.1:8000/readyz', timeout=2)"]
ENTRYPOINT ["python", "-m", "service"]
