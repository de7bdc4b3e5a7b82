/**
 * Calls functions of the page's modules. Each line on stdin is a request, each line on stdout its
 * answer. Whatever a module prints goes to stderr, where the tests allow nothing.
 */

import { Console } from "node:console";
import { createInterface } from "node:readline";

const errors = [];
process.on("uncaughtException", (error) => errors.push(String(error?.stack ?? error)));
globalThis.console = new Console(process.stderr);
// Some modules watch sizes as soon as they are loaded. Node.js has no document to watch.
globalThis.ResizeObserver = class {};

let calls = 0;

/** Call the function for each of the inputs, in a new instance of the module. */
async function results({ module: address, source, inputs, given }) {
  calls += 1;
  const module = await import(`${address}?call=${calls}`);
  const called = new Function("module", `return (${source});`)(module);
  const found = [];
  for (const input of inputs) found.push((await called(input, given)) ?? null);
  return found;
}

/** The results, and the errors that nobody awaited: they are known after one turn of the loop. */
async function answer(request) {
  const found = await results(request).catch((error) => {
    errors.push(String(error?.stack ?? error));
    return null;
  });
  await new Promise(setImmediate);
  return { results: found, errors: errors.splice(0) };
}

for await (const line of createInterface({ input: process.stdin })) {
  process.stdout.write(`${JSON.stringify(await answer(JSON.parse(line)))}\n`);
}
