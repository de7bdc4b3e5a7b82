"""Connections of uvicorn, with the deadlines and bounds that apply before the application.

Only this package knows uvicorn's protocol classes. Under another server the application works
without it, and a gateway has to keep its part of the promises in
`docs/explanation/promises.md`:

- 4, memory is bounded: `protocol` limits heads, paths, pipelined requests and the number of
  connections, and little is buffered for a slow reader.
- 5, slow senders are disconnected by `protocol`, and readers that take nothing by `transport`.
- 6 and 7, streams: `protocol` offers a way to end the connection of a slow reader at once.
- 9, a lost client frees its worker: `protocol` notices it, even if it has sent more requests.
- 18, overload: `answer` sends the head and the body of an answer together.

Data that is not a valid request is rejected with a problem, like any other error.
"""
