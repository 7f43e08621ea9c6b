import react from "@vitejs/plugin-react"
import { defineConfig } from "vite"

const server = "http://localhost:8080"

/** The dev server serves the sources and passes the API through, so that cookies stay same-origin. */
export default defineConfig({
  plugins: [react()],
  build: {
    outDir: "../../.build/web",
    emptyOutDir: true,
    sourcemap: true,
    target: "es2022"
  },
  server: {
    port: 5173,
    proxy: {
      "/v1": server,
      "/health": server,
      "/docs": server,
      "/openapi.json": server,
      "/rpc": { target: server, ws: true }
    }
  }
})
