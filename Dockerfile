# The command line as a container: `docker run … offset-watchdog run --every 15m --port 8080`, or `snapshot` and `watch`
# by somebody's cron. Not for Lambda: `npx osls deploy` makes packages of its own.
FROM node:24.21.0-alpine
WORKDIR /app

# What runs, and nothing to test or build it with: Node runs the TypeScript as it is.
COPY package.json package-lock.json .npmrc ./
RUN npm install --omit=dev --ignore-scripts --no-audit --no-fund && npm cache clean --force
COPY functions functions

# A volume that is new gets this folder's owner.
RUN mkdir /data && chown node:node /data

USER node
ENTRYPOINT ["node", "functions/cli/main.ts"]
CMD ["run"]
