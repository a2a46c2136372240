# docker build -t eks-api:latest .
# docker run -e EKS_CLUSTER_NAME=cluster -e EKS_REGION=us-east-1 -p 8000:8000 eks-api:latest
#
# docs/deployment.md says what the container listens to, what it keeps and who gets in.
FROM debian:bookworm-slim AS build
# Authorities that the builder's machine trusts count for pip and npm too.
ENV DEBIAN_FRONTEND=noninteractive PIP_CERT=/etc/ssl/certs/ca-certificates.crt \
    NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt
RUN apt-get update && apt-get install -y --no-install-recommends binutils ca-certificates cmake gcc libc6-dev libcjson-dev \
    libcurl4-openssl-dev libfcgi-dev libhiredis-dev libssl-dev libyaml-dev make ninja-build pkg-config python3 python3-venv
WORKDIR /src
COPY Makefile ./
COPY dev dev
COPY html/package.json html/package-lock.json html/
RUN make html/node_modules/.complete
COPY . .
RUN make build/eksgate html/dist/index.html && strip build/eksgate && \
    make install DESTDIR=/out && rm -r /out/usr/lib/systemd /out/usr/lib/sysusers.d

FROM debian:bookworm-slim
RUN apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends ca-certificates libcjson1 \
    libcurl4 libfcgi0ldbl libhiredis0.14 libssl3 libyaml-0-2 nginx openssl redis-server tini && \
    rm -rf /var/lib/apt/lists/* /var/log/* /var/cache/debconf/*-old && \
    groupadd --system --gid 10001 eksgate && \
    useradd --system --uid 10001 --gid eksgate --home-dir /var/lib/eksgate --shell /usr/sbin/nologin eksgate && \
    install -d -o eksgate -g eksgate -m 700 /run/eksgate /var/lib/eksgate
COPY --from=build /out /
ENV EKSGATE_TLS_LISTEN=0.0.0.0:8000 EKSGATE_ENV_FILE=/run/eksgate/env HOME=/var/lib/eksgate
USER 10001:10001
EXPOSE 8000
VOLUME /var/lib/eksgate
HEALTHCHECK --interval=30s --timeout=10s --start-period=10s CMD ["/usr/lib/eksgate/start", "health"]
ENTRYPOINT ["tini", "--", "/usr/lib/eksgate/start"]
