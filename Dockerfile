# The command line as a container: `docker run … offset-watchdog`, or `snapshot` and `watch` by a scheduler. Lambda does not
# use it: `npx osls deploy` makes its own packages.
FROM node:24.21.0-alpine
WORKDIR /app

# Node runs TypeScript without a build. The optional packages belong to TypeScript, and only developers need them.
COPY package.json package-lock.json .npmrc ./
RUN npm install --omit=dev --omit=optional --ignore-scripts --no-audit --no-fund && npm cache clean --force
COPY functions functions

# A new volume takes its owner from this folder.
RUN mkdir /data && chown 1000:1000 /data

# The image's user `node`, by number: Kubernetes' runAsNonRoot cannot check a name.
USER 1000:1000
EXPOSE 8080
# For `run --port 8080`. The other commands end on their own.
HEALTHCHECK --interval=60s --timeout=10s --start-period=30s \
  CMD ["node", "--eval", "fetch('http://127.0.0.1:8080/isalive').then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "functions/cli/main.ts"]
CMD ["run", "--port", "8080"]
