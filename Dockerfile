# syntax=docker/dockerfile:1
# One image for every container of Tessera: replica, migrate, seed, sandbox and receiver differ only in their command.

FROM node:22-bookworm-slim AS build
WORKDIR /app
# The embedded PostgreSQL is a tool of `npm start`; its install script has nothing to do here.
COPY package.json package-lock.json .npmrc ./
COPY apps/api/package.json apps/api/
COPY apps/web/package.json apps/web/
COPY packages/infra/package.json packages/infra/
COPY packages/shared/package.json packages/shared/
RUN npm ci --include=dev --ignore-scripts
COPY tsconfig.base.json tsconfig.json ./
COPY scripts scripts
COPY packages packages
COPY apps apps
RUN node scripts/bootstrap.mjs build

# The bundles bring their packages along; only add-ons with a native binary stay outside.
FROM node:22-bookworm-slim AS modules
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
COPY apps/api/package.json apps/api/
COPY apps/web/package.json apps/web/
COPY packages/infra/package.json packages/infra/
COPY packages/shared/package.json packages/shared/
RUN npm ci --omit=dev --ignore-scripts --workspace @tessera/api --workspace @tessera/infra --workspace @tessera/shared

FROM node:22-bookworm-slim
# The heap limits of `npm start`: a replica with two files being parsed stays below 600 MB.
ENV NODE_ENV=production NODE_OPTIONS="--max-old-space-size=256 --max-semi-space-size=32"
WORKDIR /app
RUN groupadd --gid 10001 tessera \
 && useradd --uid 10001 --gid 10001 --no-create-home --shell /usr/sbin/nologin tessera \
 && install -d -o 10001 -g 10001 -m 0750 /data
COPY --from=modules /app/node_modules node_modules
COPY --from=build /app/.build/api .build/api
COPY --from=build /app/.build/web .build/web
COPY deploy/healthcheck.mjs deploy/healthcheck.mjs
# Numeric, so that Kubernetes can see that it is not root. Nothing below / is written but /data and /tmp.
USER 10001:10001
VOLUME /data
EXPOSE 8080 34431
CMD ["node", ".build/api/main.js"]
