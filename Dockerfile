# syntax=docker/dockerfile:1
# The daemon in a container; docs/install.md says how to run it, and why so:
#   docker build --tag parley .
#   docker run --init --network host --read-only --volume parley:/var/lib/parley --cap-drop ALL \
#     --security-opt no-new-privileges --ulimit rtprio=20 --ulimit nofile=65536 --stop-timeout 90 parley
# Where builds have to be repeatable, name these by digest: --build-arg NODE_IMAGE=node:20-bookworm-slim@sha256:...
ARG NODE_IMAGE=node:20-bookworm-slim
ARG BASE_IMAGE=debian:bookworm-slim

FROM ${NODE_IMAGE} AS build
ENV npm_config_cache=/var/cache/npm
WORKDIR /parley
COPY tools/bootstrap.sh tools/apt-packages.txt tools/
RUN tools/bootstrap.sh build
COPY package.json package-lock.json ./
RUN --mount=type=cache,target=/var/cache/npm \
    npm install --no-save --ignore-scripts --no-audit --no-fund
COPY CMakeLists.txt ./
COPY native native
COPY tools/build-addon.sh tools/
# `none`: the engine is built in half the time, and a little slower.
ARG PARLEY_PROFILE
RUN PARLEY_PROFILE=$PARLEY_PROFILE tools/build-addon.sh
COPY tsconfig.json LICENSE parley.example.yaml ./
COPY src src
COPY tools/build-daemon.sh tools/
RUN tools/build-daemon.sh
COPY tools/package.sh tools/
RUN --mount=type=cache,target=/var/cache/npm \
    tools/package.sh /opt/parley

# Debian, Node without npm, six libraries, the daemon.
FROM ${BASE_IMAGE}
LABEL org.opencontainers.image.title="Parley" \
      org.opencontainers.image.description="Conference mixer daemon" \
      org.opencontainers.image.licenses="Apache-2.0"
COPY --from=build /usr/local/bin/node /usr/local/bin/node
RUN --mount=type=bind,source=tools,target=/tools \
    /tools/bootstrap.sh run \
 && rm -rf /var/lib/apt/lists/* /var/cache/apt/* /var/cache/debconf/* /var/log/*
# By number, so that Kubernetes can tell that it is not root. The store is the one place that is written to.
RUN groupadd --gid 10001 parley \
 && useradd --uid 10001 --gid parley --home-dir /var/lib/parley --shell /usr/sbin/nologin parley \
 && install --directory --owner=parley --group=parley --mode=0750 /var/lib/parley
COPY --from=build /opt/parley /opt/parley
RUN ln -s /opt/parley/bin/parley /usr/local/bin/parley
USER 10001:10001
WORKDIR /opt/parley
# A library that an addon needs and this image lacks is found here and not at the first start.
RUN node -e "require('./build/release/parley.node').simdTargets()" \
 && node -e "new (require('./build/release/parley-encoders.node').FileEncoder)('flac', 8000, 1, 0, 0)"
ENV NODE_ENV=production \
    PARLEY_DATA_DIR=/var/lib/parley
VOLUME /var/lib/parley
# gRPC; metrics and health; REST; RTP and RTCP.
EXPOSE 7300/tcp 7301/tcp 7302/tcp 20000-29999/udp
# Liveness: a daemon that drains is not ready and still healthy.
HEALTHCHECK --interval=15s --timeout=5s --start-period=15s --retries=3 CMD ["parley", "health"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["parley"]
CMD ["serve"]
