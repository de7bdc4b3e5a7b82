// @ts-check
/** The service's public API, as this page uses it. */

/** A request that the service refused; `code` is for programs, `message` its own words. */
export class ProblemError extends Error {
  /** @param {{ code?: string, title?: string, detail?: string, errors?: { pointer: string, detail: string }[] }} problem */
  constructor(problem) {
    super(problem.errors?.[0]?.detail ?? problem.detail ?? problem.title ?? "");
    this.code = problem.code ?? "";
  }
}

/** The service does not answer. */
export class UnreachableError extends Error {}

/** A job is not kept any more. */
export class GoneError extends Error {}

const JSON_TYPE = { "Content-Type": "application/json" };

/**
 * Asks, and gives the answer with its own bytes.
 * @param {string} path
 * @param {object} body
 * @returns {Promise<any>}
 * @throws {ProblemError | UnreachableError}
 */
export async function ask(path, body) {
  return (await sent(path, { method: "POST", headers: JSON_TYPE, body: JSON.stringify(body) })).json();
}

/**
 * @param {string} path
 * @returns {Promise<any>}
 */
export async function get(path) {
  return (await sent(path, {})).json();
}

/**
 * @param {string} path
 * @param {RequestInit} request
 */
async function sent(path, request) {
  const answer = await fetch(path, request).catch((error) => {
    if (error.name === "AbortError") throw error;
    throw new UnreachableError(String(error));
  });
  if (answer.ok) return answer;
  throw new ProblemError(await answer.json().catch(() => ({ title: answer.statusText })));
}

/**
 * Fits, telling each event as it comes, the last of which is `done`.
 * @param {object} body a FitRequest
 * @param {(event: any) => void} told
 * @param {AbortSignal} signal leaves, which cancels the fit
 */
export async function stream(body, told, signal) {
  const headers = { ...JSON_TYPE, Accept: "application/x-ndjson" };
  const answer = await sent("fit/stream", { method: "POST", headers, body: JSON.stringify(body), signal });
  const ended = { last: "" };
  try {
    for await (const line of lines(/** @type {ReadableStream<Uint8Array<ArrayBuffer>>} */ (answer.body))) {
      const event = JSON.parse(line);
      ended.last = event.type;
      if (event.type === "failed") throw new ProblemError(event.problem);
      told(event);
    }
  } catch (error) {
    if (signal.aborted || error instanceof ProblemError) throw error;
    throw new UnreachableError(String(error));
  }
  if (ended.last !== "done") throw new UnreachableError("the stream ended early");
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
 * @param {string} id
 * @param {{ told: (event: any) => void, lost: () => void, found: () => void }} listener
 * @param {AbortSignal} signal stops listening; the job goes on
 * @returns {Promise<void>} when it is done
 */
export function follow(id, { told, lost, found }, signal) {
  return new Promise((resolve, reject) => {
    const source = new EventSource(`jobs/${id}/events`);
    const end = (/** @type {() => void} */ then) => {
      source.close();
      then();
    };
    signal.addEventListener("abort", () => end(() => reject(signal.reason)));
    source.onopen = found;
    source.onerror = () => (source.readyState === EventSource.CLOSED ? end(() => reject(new GoneError(id))) : lost());
    for (const type of ["started", "steps"]) source.addEventListener(type, (event) => told(JSON.parse(event.data)));
    source.addEventListener("failed", (event) => end(() => reject(new ProblemError(JSON.parse(event.data).problem))));
    source.addEventListener("done", (event) =>
      end(() => {
        told(JSON.parse(event.data));
        resolve();
      }),
    );
  });
}

/**
 * Makes a job of a fit, and tells its id.
 * @param {object} body a FitRequest
 * @returns {Promise<string>}
 */
export async function job(body) {
  return (await ask("jobs", body)).id;
}

/** @param {string} id */
export async function cancel(id) {
  await ask(`jobs/${id}/cancel`, {});
}
