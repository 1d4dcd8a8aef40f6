# syntax=docker/dockerfile:1

# The exporter, from a clean checkout and with its revision for lambda_async_exporter_build_info:
#   docker build --build-arg REVISION="$(git rev-parse --short=12 HEAD)" --tag lambda-async-exporter .
# The demo is another target, which compose.yaml builds.

FROM rust:1.95-slim-bookworm AS build
WORKDIR /src
COPY . .
ARG REVISION=unknown
# The caches outlive the build but are no part of the image, so what was built leaves them.
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/src/target,sharing=locked \
    LAMBDA_ASYNC_EXPORTER_REVISION="$REVISION" cargo build --locked --release --bins --examples \
    && install -D --target-directory=/built target/release/lambda-async-exporter target/release/examples/demo

# With busybox, for the health check. Whoever runs the exporter has its /-/healthy and /-/ready asked from outside.
FROM gcr.io/distroless/cc-debian12:debug-nonroot AS demo
# Where the demo was built: it reads the file there.
COPY --from=build /src/examples/demo/lambda-async-exporter.yaml /src/examples/demo/
COPY --from=build /built/demo /usr/local/bin/
USER 65532:65532
EXPOSE 10046
HEALTHCHECK --interval=10s --timeout=3s --start-period=5s \
    CMD ["/busybox/wget", "-q", "-O", "/dev/null", "http://127.0.0.1:10046/-/healthy"]
ENTRYPOINT ["/usr/local/bin/demo"]

# glibc, libgcc and the certificates that AWS's endpoints are verified by: the program has none of its own. No shell.
FROM gcr.io/distroless/cc-debian12:nonroot AS exporter
LABEL org.opencontainers.image.title="lambda-async-exporter" \
      org.opencontainers.image.description="Prometheus exporter for the event invoke configs of AWS Lambda functions" \
      org.opencontainers.image.licenses="Apache-2.0"
COPY --from=build /built/lambda-async-exporter /usr/local/bin/
# A number, so that Kubernetes can see that it is not root.
USER 65532:65532
EXPOSE 10046
# SIGTERM, which is what containers are stopped by, lets running responses finish, for 5 seconds at most.
ENTRYPOINT ["/usr/local/bin/lambda-async-exporter"]
