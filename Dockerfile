# The command line as a container: `docker run … offset-watchdog`, or `snapshot` and `watch` by a scheduler. Not for Lambda:
# `npx osls deploy` makes packages of its own.
FROM node:24.21.0-alpine
WORKDIR /app

# Only what runs: Node runs the TypeScript as it is. All optional packages are TypeScript's, which only developers need.
COPY package.json package-lock.json .npmrc ./
RUN npm install --omit=dev --omit=optional --ignore-scripts --no-audit --no-fund && npm cache clean --force
COPY functions functions

# A new volume gets this folder's owner.
RUN mkdir /data && chown 1000:1000 /data

# The image's user `node`, by number: Kubernetes' runAsNonRoot cannot judge a name.
USER 1000:1000
EXPOSE 8080
# For `run --port 8080`; the other commands end by themselves.
HEALTHCHECK --interval=60s --timeout=10s --start-period=30s \
  CMD ["node", "--eval", "fetch('http://127.0.0.1:8080/isalive').then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "functions/cli/main.ts"]
CMD ["run", "--port", "8080"]
