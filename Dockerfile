# One image for all services: which one runs is its argument, e.g. services/relay/dist/main.js (deploy/processes.json).
# The base is any image with Node 24 and npm; where no registry can be reached make one: docs/how-to/build-the-image.md
ARG BASE=node:24-bookworm-slim

FROM ${BASE} AS build
WORKDIR /src
COPY . .
# No scripts of packages run: nothing that is needed here has any.
RUN npm ci --ignore-scripts --no-audit --no-fund \
  && node_modules/.bin/tsc -b \
  && node tools/image/dist/collect.js /out

FROM ${BASE}
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="skerry" \
  org.opencontainers.image.description="Runs applications on many Kubernetes clusters" \
  org.opencontainers.image.licenses="Apache-2.0" \
  org.opencontainers.image.version="${VERSION}" \
  org.opencontainers.image.revision="${REVISION}"
# Owned by root and read by everybody: the process can change nothing of it, also where the file system is not read-only.
COPY --from=build /out /app
WORKDIR /app
ENV NODE_ENV=production
USER 65532:65532
HEALTHCHECK --interval=5s --timeout=3s --start-period=60s --retries=3 CMD ["node", "tools/image/dist/health.js"]
ENTRYPOINT ["node"]
CMD ["apps/cli/dist/main.js", "--help"]
