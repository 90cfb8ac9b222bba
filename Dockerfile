# The bot, and with it the database worker. Built by `make images`, `docker compose build` or
#     docker build --tag myfinance-ops:dev .
# Any base with Python >= 3.11, its venv module and useradd will do. No BuildKit features: Debian's engine has none.
ARG BASE=python:3.14-slim

FROM ${BASE} AS build
LABEL com.myfinance.stage=build
WORKDIR /src
# host-ca.pem is optional (the brackets make it so): where a company's own authority signs what pip sees, put the host's
# bundle of certificates there. It stays in this stage.
COPY requirements.lock requirements-build.lock host-ca.pe[m] ./
RUN if [ -f host-ca.pem ]; then export PIP_CERT=/src/host-ca.pem; fi \
 && python3 -m venv /build && /build/bin/pip install -q --no-cache-dir --require-hashes -r requirements-build.lock \
 && python3 -m venv --without-pip /opt/myfinance \
 && /build/bin/pip --python /opt/myfinance/bin/python3 install -q --no-cache-dir --require-hashes -r requirements.lock
COPY pyproject.toml README.m[d] ./
COPY bot/ bot/
COPY handlers/ handlers/
COPY ops/ ops/
RUN /build/bin/pip wheel -q --no-cache-dir --no-deps --no-build-isolation --wheel-dir /wheel . \
 && /build/bin/pip --python /opt/myfinance/bin/python3 install -q --no-index --no-deps /wheel/*.whl

FROM ${BASE}
RUN useradd --uid 10001 --user-group --home-dir /var/lib/myfinance --create-home --shell /usr/sbin/nologin myfinance
COPY --from=build /opt/myfinance /opt/myfinance
ENV PATH=/opt/myfinance/bin:${PATH} PYTHONUNBUFFERED=1
WORKDIR /var/lib/myfinance
USER myfinance
# serve ends on SIGTERM, once the run in progress is safe.
ENTRYPOINT ["myfinance"]
CMD ["serve"]
