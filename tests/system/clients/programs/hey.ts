/** What a caller does with the client of @hey-api/openapi-ts. */

import { createClient } from "./hey/client/index.js";
import { createJob, fit, fitPicture, fitStream, readJob, readJobResult } from "./hey/index.js";
import type { FitRequest, StepsEvent } from "./hey/index.js";

const client = createClient({ baseUrl: process.argv[2]! });
const points = { t: [0, 1, 2, 3, 4], y: [9.1, 4.2, 1.8, 2.3, 5.1] };
const body: FitRequest = { data: points, steps: 10, seed: 42 };

const fitted = await fit({ client, body, throwOnError: true });
const { error } = await fit({ client, body: { data: { t: [0, 1, 2], y: [1, 3] }, lr: 0.1 } });
const picture = await fitPicture({
  client,
  body: { synthetic: {}, seed: 42 },
  throwOnError: true,
});

const { stream } = await fitStream({ client, body });
const steps: StepsEvent[] = [];
let last = "";
for await (const event of stream) {
  if (event.type === "steps") steps.push(event);
  last = event.type;
}

let { data: job } = await createJob({ client, body, throwOnError: true });
while (job.status === "queued" || job.status === "running") {
  await new Promise((wake) => setTimeout(wake, 100));
  ({ data: job } = await readJob({ client, path: { id: job.id }, throwOnError: true }));
}
const { data: result } = await readJobResult({ client, path: { id: job.id }, throwOnError: true });
if (!("outcome" in result)) throw new Error("The job is not a fit.");

// @ts-expect-error: a request needs points
export const none: FitRequest = { steps: 10 };

console.log(
  JSON.stringify({
    params: fitted.data.params,
    converged: fitted.data.converged,
    verdict: fitted.data.verdict.message.en,
    code: error?.code,
    picture: (await picture.data.text()).slice(0, 5),
    losses: steps.flatMap((event) => event.loss),
    last,
    job: result.params,
  }),
);
