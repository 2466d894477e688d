#!/bin/sh
# Build the wheel, install it alone in an empty environment, and run the tests against it outside
# the tree: a file that the wheel forgets (a prompt, a migration) shows only there.
set -eu
python=$1
root=$(pwd)
python=$root/$python
away=$(mktemp -d)
trap 'rm -rf "$away"' EXIT

"$python" -m pip wheel --quiet --no-deps --wheel-dir "$away/dist" "$root"
"$python" -m venv --without-pip "$away/venv"
site=$("$away/venv/bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
"$python" -m pip install --quiet --no-deps --target "$site" "$away"/dist/promoloop-*.whl
# The libraries are those of the development environment, without its link to this tree.
"$python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))' > "$away/libraries"
mkdir "$away/tests-root"
cp -r tests pyproject.toml README.md "$away/tests-root/"
cd "$away/tests-root"
# A path in a .pth file is appended after the wheel's own folder; .pth files in it are not read.
cat "$away/libraries" > "$site/libraries.pth"
"$away/venv/bin/python" -c 'import agents, sys; assert agents.__file__.startswith(sys.prefix), agents.__file__'
"$away/venv/bin/python" -m pytest -q -n 2 tests/unit tests/integration/test_migrations.py tests/conversation/test_loop.py \
  --ignore tests/unit/test_packaging.py --ignore tests/unit/test_graph_picture.py
