/** Server-sent events with ids and a bounded memory, as docs/openapi.json describes them. */
export class EventHub {
  #readers = new Set();
  #ring = [];
  #next = 1;

  open(request, response, hello) {
    response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-store" });
    response.write(`event: hello\ndata: ${JSON.stringify(hello)}\n\n`);
    const last = Number(request.headers["last-event-id"]);
    if (last) this.#ring.filter((event) => event.id > last).forEach((event) => response.write(event.text));
    this.#readers.add(response);
    const beat = setInterval(() => response.write(": keep-alive\n\n"), 15_000);
    response.on("close", () => {
      clearInterval(beat);
      this.#readers.delete(response);
    });
  }

  send(type, value) {
    const id = this.#next++;
    const text = `id: ${id}\nevent: ${type}\ndata: ${JSON.stringify(value)}\n\n`;
    this.#ring = [...this.#ring.slice(-999), { id, text }];
    for (const reader of this.#readers) reader.write(text);
  }

  close() {
    for (const reader of this.#readers) reader.end();
  }
}
