# syntax=docker/dockerfile:1

# Builds the exporter from a clean checkout, with its revision for lambda_async_exporter_build_info:
#   docker build --build-arg REVISION="$(git rev-parse --short=12 HEAD)" --tag lambda-async-exporter .
# The demo is a separate target, which compose.yaml builds.

FROM rust:1.95-slim-bookworm AS build
WORKDIR /src
COPY . .
ARG REVISION=unknown
# The caches outlive the build but are not part of the image, so the binaries are copied out of them.
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/src/target,sharing=locked \
    LAMBDA_ASYNC_EXPORTER_REVISION="$REVISION" cargo build --locked --release --bins --examples \
    && install -D --target-directory=/built target/release/lambda-async-exporter target/release/examples/demo

# With busybox, for the health check. The exporter image needs none: /-/healthy and /-/ready are probed from outside.
FROM gcr.io/distroless/cc-debian12:debug-nonroot AS demo
# The demo reads this file at the path where it was built.
COPY --from=build /src/examples/demo/lambda-async-exporter.yaml /src/examples/demo/
COPY --from=build /built/demo /usr/local/bin/
USER 65532:65532
EXPOSE 10046
HEALTHCHECK --interval=10s --timeout=3s --start-period=5s \
    CMD ["/busybox/wget", "-q", "-O", "/dev/null", "http://127.0.0.1:10046/-/healthy"]
ENTRYPOINT ["/usr/local/bin/demo"]

# glibc, libgcc and the CA certificates for AWS's endpoints, which the program does not include. No shell.
FROM gcr.io/distroless/cc-debian12:nonroot AS exporter
LABEL org.opencontainers.image.title="lambda-async-exporter" \
      org.opencontainers.image.description="Prometheus exporter for the event invoke configs of AWS Lambda functions" \
      org.opencontainers.image.licenses="Apache-2.0"
COPY --from=build /built/lambda-async-exporter /usr/local/bin/
# A numeric user, so that Kubernetes can verify that it is not root.
USER 65532:65532
EXPOSE 10046
# SIGTERM, which stops containers, lets running responses finish, for at most 5 seconds.
ENTRYPOINT ["/usr/local/bin/lambda-async-exporter"]
