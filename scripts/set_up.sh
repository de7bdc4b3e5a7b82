#!/usr/bin/env bash
# Make .venv with everything that the service needs. `make install` calls this once.
# Reads PYTHON, TORCH (a requirement) and TORCH_INDEX (the index of PyTorch's CPU builds).
set -euo pipefail
began=$SECONDS

"$PYTHON" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || {
  echo "Coaster needs Python 3.11 or newer. Name one: make PYTHON=python3.11 ..." >&2
  exit 1
}
"$PYTHON" -c 'import ensurepip' || {
  echo "This Python lacks venv. On Debian: apt-get install python3-venv" >&2
  exit 1
}

echo "Setting up .venv. This happens once and takes a few minutes: torch alone is 200 MB."
"$PYTHON" -m venv .venv
install=(.venv/bin/python -m pip --disable-pip-version-check -qq install)
"${install[@]}" --require-hashes -r requirements.txt

# On Linux the default index has only CUDA builds of several gigabytes, so the index of CPU builds
# is tried alone first. Where it cannot be reached, the default index serves.
if ! "${install[@]}" --retries 0 --timeout 15 --index-url "$TORCH_INDEX" "$TORCH" 2>/dev/null; then
  echo "PyTorch's index of CPU builds cannot be reached. Taking torch from the default index."
  "${install[@]}" "$TORCH"
fi

"${install[@]}" --no-build-isolation --no-deps --editable .
echo "Set up in $((SECONDS - began)) seconds."
