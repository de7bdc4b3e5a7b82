#!/usr/bin/env bash
# Make .venv with everything that the service needs. `make install` calls this once.
# Reads PYTHON and TORCH_INDEX (the index of PyTorch's CPU builds). Every file that is installed has
# one of the hashes in requirements*.txt.
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
locked=("${install[@]}" --require-hashes)
"${locked[@]}" -r requirements-pip.txt
"${locked[@]}" -r requirements.txt

# On Linux the default index has only CUDA builds of several gigabytes, so the index of CPU builds
# is tried alone first. Where it cannot be reached, or has no CPU build for this Python whose hash is
# known, the default index serves, and what its build needs is installed too.
if ! "${locked[@]}" --no-deps --retries 0 --timeout 15 --index-url "$TORCH_INDEX" \
  -r requirements-torch.txt 2>/dev/null; then
  echo "PyTorch's index has no CPU build for this machine. Taking torch from the default index."
  "${locked[@]}" -r requirements-cuda.txt
fi

"${install[@]}" --no-build-isolation --no-deps --editable .
echo "Set up in $((SECONDS - began)) seconds."
