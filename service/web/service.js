// @ts-check
/** The service's public API, as this page uses it. */

import { anotherKey, bearer, key } from "./key.js";

/** A request that the service refused; `code` is for programs, `message` its own words. */
export class ProblemError extends Error {
  /** @param {{ code?: string, status?: number, title?: string, detail?: string, errors?: { pointer: string, detail: string }[] }} problem */
  constructor(problem) {
    super(problem.errors?.[0]?.detail ?? problem.detail ?? problem.title ?? "");
    this.code = problem.code ?? "";
    this.status = problem.status ?? 0;
  }
}

/** The service does not answer. */
export class UnreachableError extends Error {}

/** A job is not kept any more. */
export class GoneError extends Error {}

const JSON_TYPE = { "Content-Type": "application/json" };
const LINES = "application/x-ndjson";
/** Until a lost connection is taken up again: what the service tells an EventSource. */
const AGAIN_MS = 1000;
/** Of a service that begins or ends, and of a gateway that does not find it. */
const AWAY = [502, 503, 504];
/** Of one that has no room at the moment. */
const BUSY = [502, 503];

/**
 * Asks, and gives the answer.
 * @param {string} path
 * @param {object} body
 * @returns {Promise<any>}
 * @throws {ProblemError | UnreachableError}
 */
export function ask(path, body) {
  return read(path, post(body));
}

/** @param {object} body */
function post(body) {
  return { method: "POST", headers: JSON_TYPE, body: JSON.stringify(body) };
}

/**
 * The whole answer. A service that is busy, or on its way, is asked again as one that does not answer.
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
 * Sends a request, with the key if there is one; again, once a person has entered a key that the service asked for.
 * @param {string} path
 * @param {RequestInit} request
 * @returns {Promise<Response>}
 */
async function sent(path, request) {
  const shown = key();
  const headers = { ...request.headers, ...bearer(shown) };
  const answer = await fetch(path, { ...request, headers }).catch((error) => {
    if (error.name === "AbortError") throw error;
    throw new UnreachableError(String(error));
  });
  if (answer.ok) return answer;
  if (answer.status === 401) {
    await anotherKey(shown);
    return sent(path, request);
  }
  throw new ProblemError(await answer.json().catch(() => ({ title: answer.statusText, status: answer.status })));
}

/**
 * Fits, telling each event as it comes, the last of which is `done`.
 * @param {object} body a FitRequest
 * @param {(event: any) => void} told
 * @param {AbortSignal} signal leaves, which cancels the fit
 */
export async function stream(body, told, signal) {
  const headers = { ...JSON_TYPE, Accept: LINES };
  const answer = await sent("fit/stream", { ...post(body), headers, signal });
  for await (const event of events(answer, signal)) {
    if (event.type === "failed") throw new ProblemError(event.problem);
    told(event);
    if (event.type === "done") return;
  }
  throw new UnreachableError("the stream ended early");
}

/** @param {ReadableStream<Uint8Array<ArrayBuffer>>} body */
async function* lines(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    const parts = (rest + part.value).split("\n");
    rest = /** @type {string} */ (parts.pop());
    yield* parts.filter((line) => line !== "");
  }
}

/**
 * Follows a job from its first event; a lost connection is taken up again after the last step that came.
 * By fetch, as an EventSource shows no key, and gives up where a service begins anew.
 * @param {string} id
 * @param {{ told: (event: any) => void, lost: () => void, found: () => void }} listener
 * @param {AbortSignal} signal stops listening; the job goes on
 * @returns {Promise<void>} when it is done
 */
export async function follow(id, { told, lost, found }, signal) {
  for (let last = -1; ; ) {
    try {
      const answer = await opened(id, last, signal);
      found();
      for await (const event of events(answer, signal)) {
        if (event.type === "failed") throw new ProblemError(event.problem);
        told(event);
        if (event.type === "done") return;
        if (event.type === "steps") last = event.last;
      }
    } catch (error) {
      if (error instanceof GoneError || !(error instanceof UnreachableError)) throw error;
    }
    lost();
    await pause(AGAIN_MS, signal);
  }
}

/**
 * The events of a job behind a step.
 * @param {string} id
 * @param {number} last that step, or -1 before any
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
 * @param {Response} answer
 * @param {AbortSignal} signal
 */
async function* events(answer, signal) {
  try {
    for await (const line of lines(/** @type {ReadableStream<Uint8Array<ArrayBuffer>>} */ (answer.body)))
      yield JSON.parse(line);
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
 * Makes a job of a fit, and tells its id.
 * @param {object} body a FitRequest
 * @returns {Promise<string>}
 */
export async function job(body) {
  return (await (await sent("jobs", post(body))).json()).id;
}

/** @param {string} id */
export async function cancel(id) {
  await ask(`jobs/${id}/cancel`, {});
}
