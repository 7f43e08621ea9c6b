import "@mantine/core/styles.css"
import "@mantine/notifications/styles.css"
import "./ui/app.css"
import { StrictMode } from "react"
import { createRoot } from "react-dom/client"
import { App } from "./app/app.tsx"

const place = document.getElementById("root")

place !== null &&
  createRoot(place).render(
    <StrictMode>
      <App />
    </StrictMode>
  )
