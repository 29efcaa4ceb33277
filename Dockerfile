# syntax=docker/dockerfile:1
# The program alone, for a database elsewhere (DATABASE_URL and its companions). It runs as an
# unprivileged user, writes to its data folder and /tmp only, and needs no other process beside it.
#
#   docker build -t tunemantra:0.1.0 .

FROM rust:1-slim-bookworm AS build
RUN apt-get update \
    && apt-get install -y --no-install-recommends build-essential \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY . .
# The caches keep a second build short; what is needed is copied out of them.
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/src/target \
    cargo build --locked --release --package server \
    && cp target/release/tunemantra /tunemantra

FROM debian:bookworm-slim
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates \
    && rm -rf /var/lib/apt/lists/* \
    && install --directory --owner=65532 --group=65532 --mode=0750 /var/lib/tunemantra
COPY --from=build /tunemantra /usr/local/bin/tunemantra
COPY LICENSE-MIT LICENSE-APACHE /usr/share/doc/tunemantra/
ENV TUNEMANTRA_DATA_DIR=/var/lib/tunemantra \
    TUNEMANTRA_LISTEN=0.0.0.0:4000 \
    TUNEMANTRA_MANAGEMENT_LISTEN=0.0.0.0:4001
USER 65532:65532
# 4000: API. 4001: health and metrics, not for the public.
EXPOSE 4000 4001
ENTRYPOINT ["tunemantra"]
CMD ["serve"]
