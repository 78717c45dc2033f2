# A Kilter server as one image. What was run: every command below except those of Docker itself, by
# hand on Debian 12 with Node 20 (npm ci, the build, the start with an outside PostgreSQL). What was
# not: no container engine was at hand, so neither this recipe nor compose.yaml was ever built.
#
# Debian and not Alpine: the embedded PostgreSQL and esbuild want glibc.
FROM node:20-bookworm-slim AS build
WORKDIR /app
COPY . .
# `npm ci` also generates code (its `prepare` script), so the sources come first.
RUN npm ci && node tools/build.mjs

FROM node:20-bookworm-slim
ENV NODE_ENV=production HOST=0.0.0.0 PORT=3000 KILTER_DATA_DIR=/data KILTER_DEMO=off
WORKDIR /app
# Development packages stay: the launcher runs migrations and commands with them.
COPY --from=build --chown=node:node /app /app
RUN mkdir /data && chown node:node /data
USER node
VOLUME /data
EXPOSE 3000
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s \
  CMD node -e "fetch('http://127.0.0.1:3000/shell').then((r) => process.exit(r.ok ? 0 : 1))"
# Not through npm, so that the stop signal reaches the launcher itself.
CMD ["node", "tools/start.mjs"]
