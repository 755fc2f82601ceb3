// Plays a reply, tells when it was really heard, then opens the microphone and returns one utterance as a WAV file.
// Nothing is sent anywhere but to the page's own server, and the microphone is closed after each utterance.

const RATE = 16000;
const PLACES = new WeakMap();

const TEXTS = {
  insecure: () => `The browser opens the microphone only on https:// or on this machine itself. This page came from
    ${location.origin}: open it at http://localhost:${location.port || 80}, or put https before it.`,
  NotAllowedError: () => `The microphone is denied to this page. Allow it in the browser's settings for this site
    (beside the address), then press Speak.`,
  NotFoundError: () => "There is no microphone on this device. Connect one, then press Speak; a sample or a file works without.",
  NotReadableError: () => "The microphone is used by another program, or the system keeps it. Close that program, then press Speak.",
  silence: () => "No speech was heard. Is the microphone muted or too far away? Press Speak to try again.",
  autoplay: () => "The browser does not start sound by itself. Press “Hear the reply again”.",
};

// The same state machine as core.speech.end_of_speech.EndOfSpeech; its numbers come with the data.
export class EndOfSpeech {
  constructor(limits) { Object.assign(this, { limits, began: null, levels: [], loudSince: null, last: 0 }); }

  hear(level, at) {
    if (this.isLoud(level, at)) this.hearLoud(at);
    else this.loudSince = null;
    return this.began !== null && at - this.last >= this.limits.silence_s;
  }

  isLoud(level, at) {
    this.levels.push([at, level]);
    while (this.levels[0][0] < at - this.limits.floor_window_s) this.levels.shift();
    const floor = Math.min(...this.levels.map((one) => one[1]));
    const rise = this.began === null ? this.limits.begin_rise_db : this.limits.go_on_rise_db;
    return level > Math.max(floor + rise, this.limits.quietest_dbfs);
  }

  hearLoud(at) {
    this.last = at;
    this.loudSince ??= at;
    if (this.began === null && at - this.loudSince >= this.limits.min_loud_s - 1e-6) this.began = this.loudSince;
  }
}

export function measureDbfs(samples) {
  const power = samples.reduce((sum, one) => sum + one * one, 0) / samples.length;
  return 10 * Math.log10(power + 1e-12);
}

// What went wrong, in words that name the way out.
export function explain(error) {
  if (!window.isSecureContext || !navigator.mediaDevices) return TEXTS.insecure();
  return (TEXTS[error.name] ?? (() => `The microphone cannot be opened (${error.name}). Press Speak to try again.`))();
}

function encodeWav(samples, rate) {
  const view = new DataView(new ArrayBuffer(44 + 2 * samples.length));
  const put = (at, text) => [...text].forEach((letter, place) => view.setUint8(at + place, letter.charCodeAt(0)));
  put(0, "RIFF"); view.setUint32(4, 36 + 2 * samples.length, true); put(8, "WAVEfmt ");
  view.setUint32(16, 16, true); view.setUint16(20, 1, true); view.setUint16(22, 1, true);
  view.setUint32(24, rate, true); view.setUint32(28, 2 * rate, true);
  view.setUint16(32, 2, true); view.setUint16(34, 16, true);
  put(36, "data"); view.setUint32(40, 2 * samples.length, true);
  samples.forEach((one, place) => view.setInt16(44 + 2 * place, Math.max(-32768, Math.min(32767, Math.round(one * 32768))), true));
  return new Uint8Array(view.buffer);
}

function toBase64(bytes) {
  let text = "";
  for (let at = 0; at < bytes.length; at += 32768) text += String.fromCharCode(...bytes.subarray(at, at + 32768));
  return btoa(text);
}

const WORKLET = `registerProcessor("tap", class extends AudioWorkletProcessor {
  process(inputs) { if (inputs[0][0]) this.port.postMessage(inputs[0][0].slice()); return true; }
});`;

// A context at 16 kHz where the browser resamples what it records, at the device's own rate where it cannot.
function openSource(stream) {
  const context = new AudioContext({ sampleRate: RATE });
  try {
    return [context, context.createMediaStreamSource(stream)];
  } catch {
    context.close();
    const native = new AudioContext();
    return [native, native.createMediaStreamSource(stream)];
  }
}

// One utterance, from a little before its first speech to the silence after it, and when the microphone was open for it,
// on the clock of performance.now(); null without speech.
async function record(limits, signal) {
  const stream = await navigator.mediaDevices.getUserMedia({ audio: { channelCount: 1, echoCancellation: true } });
  const [context, source] = openSource(stream);
  const url = URL.createObjectURL(new Blob([WORKLET], { type: "text/javascript" }));
  try {
    await context.audioWorklet.addModule(url);
    await context.resume();
    const tap = new AudioWorkletNode(context, "tap", { numberOfOutputs: 0 });
    source.connect(tap);
    const open = performance.now();
    const samples = await listen(tap.port, context.sampleRate, limits, signal);
    return samples && { wav: toBase64(encodeWav(samples, context.sampleRate)), open };
  } finally {
    URL.revokeObjectURL(url);
    stream.getTracks().forEach((track) => track.stop());
    context.close();
  }
}

function listen(port, rate, limits, signal) {
  const end = new EndOfSpeech(limits);
  const block = Math.round(limits.block_s * rate);
  const heard = [];
  let pending = 0;
  return new Promise((resolve) => {
    const finish = () => {
      port.onmessage = null;
      const first = end.began === null ? 0 : Math.max(0, Math.round((end.began - limits.pre_roll_s) * rate));
      resolve(end.began === null ? null : Float32Array.from(heard.slice(first)));
    };
    if (signal.aborted) return finish();
    signal.addEventListener("abort", finish, { once: true });
    port.onmessage = ({ data }) => {
      heard.push(...data);
      for (; heard.length - pending >= block; pending += block) {
        const over = end.hear(measureDbfs(heard.slice(pending, pending + block)), pending / rate);
        if (over || pending / rate >= limits.max_s) return finish();
      }
    };
  });
}

// One of them for each place on the page. The data comes again with every rerun, so nothing starts twice.
class Microphone {
  constructor(root) {
    this.box = root.querySelector(".microphone");
    [this.speak, this.again] = root.querySelectorAll("button");
    this.status = root.querySelector("p");
    this.played = null;
    this.stop = null;
    this.speak.onclick = () => (this.stop ? this.stop.abort() : this.hear());
    this.again.onclick = () => this.play();
  }

  update(data, tell) {
    Object.assign(this, { data, tell });
    this.speak.hidden = !data.listens;
    this.again.hidden = !data.reply;
    if (data.play && data.reply_id !== this.played) this.play();
  }

  show(state, text) {
    this.box.dataset.state = state;
    this.status.textContent = text;
    this.speak.textContent = state === "listening" ? "Stop" : "Speak";
  }

  async play() {
    const { reply, reply_id: replyId } = this.data;
    this.played = replyId;
    this.audio?.pause();
    this.audio = new Audio(`data:audio/wav;base64,${reply}`);
    let from = null;
    this.audio.onplaying = () => (from ??= performance.now() - 1000 * this.audio.currentTime);
    this.audio.onended = () => this.finish(replyId, from, performance.now());
    this.show("playing", "The reply is spoken.");
    await this.audio.play().catch(() => this.show("error", TEXTS.autoplay()));
  }

  finish(replyId, from, to) {
    const ago = performance.now();
    this.show("idle", "");
    if (this.data.play) this.tell("heard", { reply_id: replyId, from_ago_ms: ago - from, to_ago_ms: ago - to });
    if (this.data.reopens) this.hear();
  }

  async hear() {
    const { reply_id: replyId, play } = this.data;
    if (play && this.audio && !this.audio.paused && !this.audio.ended) this.tell("barged_in", { reply_id: replyId });
    this.audio?.pause();
    this.stop = new AbortController();
    this.show("listening", "Listening. Speak now; it ends by itself.");
    try {
      const said = await record(this.data.limits, this.stop.signal);
      this.show(said ? "sent" : "error", said ? "Heard. Recognising." : TEXTS.silence());
      if (said) this.tell("utterance", { wav_base64: said.wav, open_ago_ms: performance.now() - said.open });
    } catch (error) {
      this.show("error", explain(error));
    } finally {
      this.stop = null;
    }
  }

  close() {
    this.audio?.pause();
    this.stop?.abort();
  }
}

export default function ({ parentElement, data, setTriggerValue }) {
  if (!PLACES.has(parentElement)) PLACES.set(parentElement, new Microphone(parentElement));
  const microphone = PLACES.get(parentElement);
  microphone.update(data, setTriggerValue);
  return () => { if (!parentElement.isConnected && !parentElement.host?.isConnected) microphone.close(); };
}
