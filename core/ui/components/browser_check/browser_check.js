// Asks for nothing: the permission is only looked up, and the microphone is not opened.

async function tellPermission() {
  try {
    const { state } = await navigator.permissions.query({ name: "microphone" });
    return { granted: "allowed", denied: "denied: allow it in the browser's settings for this site", prompt: "will be asked for" }[state];
  } catch {
    return "not told by this browser";
  }
}

async function countMicrophones() {
  const devices = (await navigator.mediaDevices?.enumerateDevices()) ?? [];
  return devices.filter((one) => one.kind === "audioinput").length;
}

export default async function ({ parentElement }) {
  const list = parentElement.querySelector("ul");
  const secure = window.isSecureContext;
  const lines = [
    `Origin ${location.origin}: ${secure ? "secure, the microphone may be used" : "not secure: open it at http://localhost or put https before it"}`,
    `Microphone: ${secure ? await tellPermission() : "not available on this origin"}`,
    `Microphones found by the browser: ${await countMicrophones()}`,
  ];
  list.replaceChildren(...lines.map((line) => Object.assign(document.createElement("li"), { textContent: line })));
}
