/** The client of the public API of the service. */

import { anotherKey, bearer, key } from "./key.js";

/** The service rejected the request; `code` is for programs, and `message` is for people. */
export class ProblemError extends Error {
  /** @param {Problem} problem */
  constructor(problem) {
    super(problem.errors?.[0]?.detail ?? problem.detail ?? problem.title ?? "");
    this.code = problem.code ?? "";
    this.status = problem.status ?? 0;
  }
}

/** The service does not answer. */
export class UnreachableError extends Error {}

/** The service no longer keeps the job. */
export class GoneError extends Error {}

const JSON_TYPE = { "Content-Type": "application/json" };
const LINES = "application/x-ndjson";
/** Delay before a reconnect, which is the delay that the service sends to an EventSource. */
const RETRY_MS = 1000;
/** Status codes of a service that starts or stops, and of a gateway that does not reach it. */
const AWAY = [502, 503, 504];
/** Status codes of a busy service. */
const BUSY = [502, 503];

/**
 * Sends a question and returns the answer.
 * @param {string} path
 * @param {object} body
 * @throws {ProblemError | UnreachableError}
 */
export function ask(path, body) {
  return read(path, post(body));
}

/**
 * Sends a question about the points of a file and returns the answer.
 * @param {string} path
 * @param {File} file
 * @param {string} type its media type
 * @param {object} options the other fields of the question
 * @throws {ProblemError | UnreachableError}
 */
export function askOfFile(path, file, type, options) {
  const headers = { "Content-Type": type, "Coaster-Options": JSON.stringify(options) };
  return read(path, { method: "POST", headers, body: file });
}

/** @param {object} body */
function post(body) {
  return { method: "POST", headers: JSON_TYPE, body: JSON.stringify(body) };
}

/**
 * Returns the whole answer. A busy or starting service counts as one that does not answer, so that
 * the page retries.
 * @param {string} path
 * @param {RequestInit} request
 */
async function read(path, request) {
  try {
    return await (await sent(path, request)).json();
  } catch (error) {
    if (error instanceof ProblemError && !BUSY.includes(error.status)) throw error;
    throw error instanceof UnreachableError ? error : new UnreachableError(String(error));
  }
}

/**
 * Sends a request, with the key if there is one. If the service asks for a key, waits for the user
 * and retries.
 * @param {string} path
 * @param {RequestInit} request
 * @returns {Promise<Response>}
 */
async function sent(path, request) {
  const current = key();
  const headers = { ...request.headers, ...bearer(current) };
  const answer = await fetch(path, { ...request, headers }).catch((error) => {
    if (error.name === "AbortError") throw error;
    throw new UnreachableError(String(error));
  });
  if (answer.ok) return answer;
  if (answer.status === 401) {
    await anotherKey(current);
    return sent(path, request);
  }
  throw new ProblemError(await answer.json().catch(() => ({ title: answer.statusText, status: answer.status })));
}

/**
 * Fits and passes on each event as it arrives. The last one is `done`.
 * @param {object} body a FitRequest
 * @param {(event: any) => void} received
 * @param {AbortSignal} signal disconnects, which cancels the fit
 */
export async function stream(body, received, signal) {
  const headers = { ...JSON_TYPE, Accept: LINES };
  const answer = await sent("fit/stream", { ...post(body), headers, signal });
  await receive(answer, received, signal);
}

/**
 * Passes on the events of an answer up to `done`.
 * @param {Response} answer
 * @param {(event: any) => void} received
 * @param {AbortSignal} signal
 */
async function receive(answer, received, signal) {
  for await (const event of events(answer, signal)) {
    if (event.type === "failed") throw new ProblemError(event.problem);
    received(event);
    if (event.type === "done") return;
  }
  throw new UnreachableError("the stream ended early");
}

/**
 * Follows a job from its first event. Reconnects after the last received step if the connection is
 * lost. Uses fetch, because an EventSource sends no key and gives up while a service restarts.
 * @param {string} id
 * @param {{ received: (event: any) => void, lost: () => void, found: () => void }} listener
 * @param {AbortSignal} signal stops listening; the job continues
 * @returns {Promise<void>} when it is done
 */
export async function follow(id, { received, lost, found }, signal) {
  let last = -1;
  const passed = (/** @type {any} */ event) => {
    received(event);
    if (event.type === "steps") last = event.last;
  };
  for (;;) {
    try {
      const answer = await opened(id, last, signal);
      found();
      return await receive(answer, passed, signal);
    } catch (error) {
      if (error instanceof GoneError || !(error instanceof UnreachableError)) throw error;
    }
    lost();
    await pause(RETRY_MS, signal);
  }
}

/**
 * Opens the stream of a job's events after a step.
 * @param {string} id
 * @param {number} last the step, or -1 for all events
 * @param {AbortSignal} signal
 * @throws {GoneError | UnreachableError}
 */
async function opened(id, last, signal) {
  /** @type {Record<string, string>} */
  const headers = { Accept: LINES, ...(last < 0 ? {} : { "Last-Event-ID": String(last) }) };
  try {
    return await sent(`jobs/${id}/events`, { headers, signal, cache: "no-store" });
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error;
    throw AWAY.includes(error.status) ? new UnreachableError(id) : new GoneError(id);
  }
}

/**
 * Yields the events of a stream, one of each line.
 * @param {Response} answer
 * @param {AbortSignal} signal
 */
async function* events(answer, signal) {
  const body = /** @type {ReadableStream<Uint8Array<ArrayBuffer>>} */ (answer.body);
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  try {
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      const lines = (rest + part.value).split("\n");
      rest = /** @type {string} */ (lines.pop());
      for (const line of lines) if (line !== "") yield JSON.parse(line);
    }
  } catch (error) {
    throw signal.aborted ? signal.reason : new UnreachableError(String(error));
  }
}

/**
 * @param {number} ms
 * @param {AbortSignal} signal
 * @returns {Promise<void>}
 */
function pause(ms, signal) {
  return new Promise((resolve, reject) => {
    setTimeout(resolve, ms);
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
    if (signal.aborted) reject(signal.reason);
  });
}

/**
 * Creates a job and returns its id.
 * @param {object} body a FitRequest
 * @returns {Promise<string>}
 */
export async function job(body) {
  return (await (await sent("jobs", post(body))).json()).id;
}

/**
 * Cancels a job.
 * @param {string} id
 */
export async function cancel(id) {
  await ask(`jobs/${id}/cancel`, {});
}
