# Serves a bundle: docker build -t multihot . && docker run --read-only -v ./run/bundle:/bundle:ro -p 8080:8080 multihot
FROM node:22-trixie-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY . .
RUN npm run build && npm prune --omit=dev

FROM node:22-trixie-slim
# Where each comes from: /app is the program, and nothing there belongs to the user that runs it.
WORKDIR /app
COPY --from=build /app/package.json /app/LICENSE ./
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/dist/src ./dist/src
# node:1000 comes with the image.
USER node
ENV NODE_ENV=production
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=3s --start-period=60s \
  CMD ["node", "-e", "fetch('http://127.0.0.1:8080/health').then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
# Signals reach the service itself: it is process 1 and answers what it has accepted before it ends.
ENTRYPOINT ["node", "dist/src/cli/main.js", "serve", "/bundle", "--host", "0.0.0.0", "--port", "8080"]
