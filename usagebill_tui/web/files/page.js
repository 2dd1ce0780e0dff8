// textual.js reads the socket's address from the page; only this page's own origin will do.
document.addEventListener("DOMContentLoaded", () => {
  const terminal = document.getElementById("terminal");
  terminal.dataset.sessionWebsocketUrl = `ws://${window.location.host}/ws`;
  document.getElementById("again").addEventListener("click", () => window.location.reload());
});
