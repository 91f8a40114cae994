# syntax=docker/dockerfile:1
# The daemon in a container. Media wants the host's network, and real-time scheduling where it is allowed:
#   docker build -t parley .
#   docker run --init --network host --ulimit rtprio=20 parley

FROM node:20-bookworm-slim AS build
WORKDIR /parley
COPY tools/bootstrap.sh tools/apt-packages.txt tools/
RUN tools/bootstrap.sh build
COPY package.json package-lock.json ./
RUN npm install --no-save --ignore-scripts --no-audit --no-fund
COPY CMakeLists.txt tsconfig.json ./
COPY native native
RUN cmake -S . -B build/release -G Ninja -DCMAKE_BUILD_TYPE=Release -DPARLEY_TESTS=OFF \
 && cmake --build build/release
COPY src src
RUN node_modules/.bin/tsc -p tsconfig.json

FROM node:20-bookworm-slim AS packages
WORKDIR /parley
COPY package.json package-lock.json ./
RUN npm install --no-save --omit=dev --ignore-scripts --no-audit --no-fund

FROM node:20-bookworm-slim
RUN apt-get update \
 && apt-get install -y --no-install-recommends libflac12 libhwy1 libmp3lame0 libnettle8 libopus0 libspandsp2 \
 && rm -rf /var/lib/apt/lists/*
ENV NODE_ENV=production
WORKDIR /parley
COPY LICENSE package.json ./
COPY --from=packages /parley/node_modules node_modules
COPY --from=build /parley/build/release/parley.node /parley/build/release/parley-encoders.node build/release/
COPY --from=build /parley/dist dist
# A library the addon needs and this image lacks is found here and not at the first start.
RUN node -e "require('/parley/build/release/parley.node').simdTargets()" \
 && node -e "new (require('/parley/build/release/parley-encoders.node').FileEncoder)('flac', 8000, 1, 0, 0)"
# The store: give it a volume.
RUN mkdir /var/lib/parley && chown node /var/lib/parley
ENV PARLEY_DATA_DIR=/var/lib/parley
VOLUME /var/lib/parley
USER node
# gRPC; metrics and health; RTP and RTCP.
EXPOSE 7300/tcp 7301/tcp 7302/tcp 20000-29999/udp
# Liveness: a daemon that drains is not ready and still healthy.
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s --retries=3 \
  CMD ["node", "-e", "const port = /\\d+$/.exec(process.env.PARLEY_HTTP_LISTEN ?? '7301')[0]; fetch(`http://127.0.0.1:${port}/livez`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["node", "dist/cli/main.js"]
CMD ["serve"]
