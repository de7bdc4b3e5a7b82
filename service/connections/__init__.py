"""Connections of uvicorn, with the deadlines and bounds that apply before the application.

Only this package knows uvicorn's protocol classes. Under another server the application works
without it, and a gateway has to keep these promises:

- Slow senders are disconnected (`protocol`), and so are readers that take nothing (`transport`).
- A head, a path and the requests that wait on a connection are bounded, and so is the number of
  connections.
- Data that is not a valid request is rejected with a problem, like any other error.
- A client that disconnects is noticed, even if it has sent more requests.
- Little is buffered for a slow reader, and a stream can end its connection at once.
"""
